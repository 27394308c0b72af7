/*
 * Makes the fixture of this version's schema: run it before a migration is added, and commit the folder that it writes.
 *
 *   node --conditions=countersign apps/server/test/upgrade/make-fixture.ts
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { localCaller, pagesOf } from '@countersign/core'
import { knownVersion } from '@countersign/store'
import { goodPassword, startTestServer, type TestServer } from '../../src/testing/test-server.ts'
import { ManualTime } from '../../src/testing/time.ts'
import { Authenticator } from '../authenticator.ts'
import type { Handed, SchemaFixture } from './fixture.ts'

/** Fills a data folder with one of everything, and returns what was handed out. */
export async function makeFixture(data: string): Promise<SchemaFixture> {
  const time = new ManualTime()
  const server = await startTestServer({ data, time, cheapHashes: true })
  try {
    const handed = await handOut(server, time)
    time.advance(5)
    return { masterKey: readFileSync(join(data, 'master.key')).toString('base64'), madeAt: time.now(), ...handed }
  } finally {
    await server.close()
  }
}

async function handOut(server: TestServer, time: ManualTime): Promise<Omit<SchemaFixture, 'masterKey' | 'madeAt'>> {
  const call = async <T>(method: string, path: string, body?: object, token?: string): Promise<T> => {
    const headers = {
      ...(body && !(body instanceof URLSearchParams) ? { 'content-type': 'application/json' } : {}),
      ...(token === undefined ? {} : { authorization: token }),
    }
    const sent = body instanceof URLSearchParams ? body : body && JSON.stringify(body)
    const response = await server.fetch(path, { method, headers, ...(sent === undefined ? {} : { body: sent }) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return (text === '' ? {} : JSON.parse(text)) as T
  }
  const { useCases } = server.authority
  await server.user('ada', 'owner')
  for (const name of ['vera', 'gone']) await server.user(name, 'viewer')
  const tom = await server.user('tom', 'manager')
  const users = { ada: await server.login('ada'), vera: await server.login('vera'), gone: await server.login('gone') }
  const first = await server.login('vera')
  const { refresh_token } = first
  const refreshed = await call<Handed>('POST', '/v1/sessions/refresh', { refresh_token })
  const ended = await server.login('vera')
  await call('DELETE', '/v1/sessions/current', undefined, `Bearer ${ended.access_token}`)
  const bearer = `Bearer ${users.ada.access_token}`
  const personal = await call<{ token: string }>('POST', '/v1/tokens', { label: 'backup' }, bearer)
  const secret = await useCases.totp.setUp(tom.id, localCaller)
  const authenticator = new Authenticator(secret, time)
  await call('POST', '/v1/sessions', { username: 'tom', password: goodPassword, code: authenticator.code() })
  const recoveryCodes = await useCases.recoveryCodes.renew({ userId: tom.id }, localCaller)
  for await (const page of pagesOf((after) => useCases.users.list({ after, limit: 9 }))) {
    const gone = page.users.find(({ username }) => username === 'gone')
    if (gone) await useCases.users.change({ id: gone.id, disabled: true }, localCaller)
  }
  const clientOf = async (tokenForm: 'jwt' | 'opaque') => {
    const made = await server.client({ name: `reporting-${tokenForm}`, tokenForm })
    const credentials = { client_id: made.client.id, client_secret: made.secret }
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...credentials })
    return { ...credentials, token: (await call<Handed>('POST', '/oauth2/token', body)).access_token }
  }
  const clients = { jwt: await clientOf('jwt'), opaque: await clientOf('opaque') }
  const basic = `Basic ${btoa(`vera:${goodPassword}`)}`
  const manifold = await call<{ token: string; refresh_token: string }>('GET', '/manifold-api/login', undefined, basic)
  await useCases.keys.rotate('ES256', localCaller)
  return {
    password: goodPassword,
    users,
    refreshed: { used: refresh_token, ...refreshed },
    ended,
    personal,
    totp: { secret: base32Of(secret), recoveryCodes: recoveryCodes.map((code) => code.reveal()) },
    clients,
    manifold,
  }
}

function base32Of(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)])
    .join('')
}

/** A database as SQL. Indexes and triggers come last: triggers would refuse some of the rows. */
export function dumpOf(path: string): string {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const objects = db
      .prepare(
        `select type, name, sql from sqlite_schema where sql is not null and name not like 'sqlite_%' order by name`,
      )
      .all() as unknown as readonly { type: string; name: string; sql: string }[]
    const tables = objects.filter(({ type }) => type === 'table')
    const rows = [...tables.map(({ name }) => name), 'sqlite_sequence'].flatMap((name) => rowsOf(db, name))
    const others = objects.filter(({ type }) => type !== 'table')
    const made = [
      ...tables.map(({ sql }) => sql),
      'DELETE FROM "sqlite_sequence"',
      ...rows,
      ...others.map(({ sql }) => sql),
    ]
    return `BEGIN TRANSACTION;\n${made.map((statement) => `${statement};\n`).join('')}COMMIT;\n`
  } finally {
    db.close()
  }
}

function rowsOf(db: DatabaseSync, table: string): readonly string[] {
  const columns = db.prepare('select name from pragma_table_info(?)').all(table)
  const quoted = columns.map(({ name }) => `quote("${String(name)}")`).join(` || ',' || `)
  const rows = db.prepare(`select ${quoted} as listed from "${table}"`).all()
  return rows.map(({ listed }) => `INSERT INTO "${table}" VALUES(${String(listed)})`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-fixture-'))
  const target = fileURLToPath(new URL(`schema-${knownVersion}`, import.meta.url))
  const fixture = await makeFixture(folder)
  mkdirSync(target)
  writeFileSync(join(target, 'countersign.sql'), dumpOf(join(folder, 'countersign.db')))
  writeFileSync(join(target, 'tokens.json'), `${JSON.stringify(fixture, undefined, 2)}\n`)
  rmSync(folder, { recursive: true })
  process.stdout.write(`${target}\n`)
}
