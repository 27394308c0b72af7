import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { localCaller } from '@countersign/core'
import { knownVersion } from '@countersign/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/testing/run-program.ts'
import { startTestServer, type TestServer } from '../../src/testing/test-server.ts'
import { ManualTime } from '../../src/testing/time.ts'
import { Authenticator } from '../authenticator.ts'
import { needing } from '../store-features.ts'
import type { SchemaFixture } from './fixture.ts'
import { dumpOf, makeFixture } from './make-fixture.ts'
import { makeOldFolder, schemaOf } from './old-folder.ts'

beforeEach(needing('file'))

/*
 * A data folder of every schema that was released, left by the version of then. `schema-N/countersign.sql` is the dump of its
 * database, and `tokens.json` what was handed out. Schema 6 is tested by before-revocations.test.ts, too, and schema 5 by
 * before-apis.test.ts.
 */

const folderOf = (schema: number): string => (schema === 6 ? 'before-revocations' : `schema-${schema}`)

function readFixture(schema: number): SchemaFixture {
  const read = JSON.parse(readFileSync(new URL(`${folderOf(schema)}/tokens.json`, import.meta.url), 'utf8'))
  if (schema !== 6) return read as SchemaFixture
  const { client, machine, ...others } = read
  return { madeAt: 1_800_000_005, clients: { jwt: { ...client, token: machine.access_token } }, ...others }
}

let folder: string
let data: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-schemas-'))
  data = join(folder, 'data')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function withServer<T>(time: ManualTime, work: (server: TestServer) => Promise<T>): Promise<T> {
  const server = await startTestServer({ data, time, cheapHashes: true })
  try {
    return await work(server)
  } finally {
    await server.close()
  }
}

/** The outcome of each credential at a server: `undefined` for one that the version of then did not have. */
async function outcomes(server: TestServer, time: ManualTime, fixture: SchemaFixture) {
  const { users, ended, personal, totp, clients, password } = fixture
  const me = async (token: string) =>
    (await server.fetch('/v1/me', { headers: { authorization: `Bearer ${token}` } })).status
  const post = (path: string, body: object | URLSearchParams) =>
    body instanceof URLSearchParams
      ? server.fetch(path, { method: 'POST', body })
      : server.fetch(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
  const login = async (body: object) => (await post('/v1/sessions', body)).status
  const authenticator = totp && new Authenticator(totp.secret, time)
  const secrets: Record<string, unknown> = {}
  for (const [name, { token, ...credentials }] of Object.entries(clients)) {
    const granted = await post(
      '/oauth2/token',
      new URLSearchParams({ grant_type: 'client_credentials', ...credentials }),
    )
    const seen = await post('/oauth2/introspect', new URLSearchParams({ token, ...credentials }))
    secrets[name] = [granted.status, ((await seen.json()) as { active: boolean }).active]
  }
  return {
    access: [await me(users.ada.access_token), await me(users.vera.access_token)],
    ended: await me(ended.access_token),
    ...(users.gone && { disabled: await me(users.gone.access_token) }),
    password: await login({ username: 'vera', password }),
    wrong: await login({ username: 'vera', password: 'incorrect horse battery' }),
    secrets,
    ...(personal && { personal: await me(personal.token) }),
    ...(authenticator && {
      code: await login({ username: 'tom', password, code: authenticator.next() }),
      wrongCode: await login({ username: 'tom', password, code: authenticator.wrong() }),
    }),
  }
}

const expected = ({ users, personal, totp, clients }: SchemaFixture) => ({
  access: [200, 200],
  ended: 401,
  // The version with schema 1 had no way to disable a user.
  ...(users.gone && { disabled: totp ? 401 : 200 }),
  password: 201,
  wrong: 401,
  secrets: Object.fromEntries(Object.keys(clients).map((name) => [name, [200, true]])),
  ...(personal && { personal: 200 }),
  ...(totp && { code: 201, wrongCode: 401 }),
})

/** Refresh tokens and recovery codes are used up by it. */
async function useUp(server: TestServer, { refreshed, totp, users, manifold }: SchemaFixture): Promise<void> {
  const refresh = async (refresh_token: string) =>
    (
      await server.fetch('/v1/sessions/refresh', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ refresh_token }),
      })
    ).status
  expect(await refresh(users.vera.refresh_token)).toBe(200)
  if (refreshed) {
    expect(await refresh(refreshed.refresh_token)).toBe(200)
    // It was used before the migration, and is not forgotten.
    expect(await refresh(refreshed.used)).toBe(401)
    expect(await refresh(refreshed.refresh_token)).toBe(401)
  }
  if (manifold) {
    const authorization = `Bearer ${manifold.refresh_token}`
    expect((await server.fetch('/manifold-api/login', { headers: { authorization } })).status).toBe(200)
  }
  const { store, useCases } = server.authority
  const tom = await store.users.findByName('tom')
  for (const code of totp?.recoveryCodes.slice(0, 1) ?? []) {
    expect(await useCases.recoveryCodes.spend({ userId: tom?.id, code }, localCaller.context)).toBe(true)
    expect(await useCases.recoveryCodes.spend({ userId: tom?.id, code }, localCaller.context)).toBe(false)
  }
}

describe('a data folder of a released schema', () => {
  it.each(Array.from({ length: knownVersion - 1 }, (_, n) => n + 1))(
    'is opened, and everything that was handed out has its effect: schema %i',
    async (schema) => {
      const fixture = readFixture(schema)
      const path = makeOldFolder(data, folderOf(schema), fixture)
      expect(schemaOf(path)).toBe(schema)
      const time = new ManualTime((fixture.madeAt + 10) * 1000)
      await withServer(time, async (server) => {
        expect(await outcomes(server, time, fixture)).toEqual(expected(fixture))
        const entries = await server.authority.store.audit.list({ limit: 200 })
        expect(entries.at(-1)).toMatchObject({ sequence: 1, action: schema === 1 ? 'keys_rotated' : 'droplet_changed' })
        expect((await server.authority.droplets.list()).map(({ name }) => name)).toEqual(['first-light'])
      })
      expect(schemaOf(path)).toBe(knownVersion)
      const [backup = '', ...more] = readdirSync(join(data, 'backups'))
      expect([backup.slice(0, 21), more]).toEqual([`countersign-schema-${schema}-`, []])
      expect(schemaOf(join(data, 'backups', backup))).toBe(schema)
      // Under another master key, too.
      const newKey = join(folder, 'new.key')
      writeFileSync(newKey, Buffer.alloc(32, schema), { mode: 0o600 })
      expect((await run(['keys', 'reseal', '--new-master-key-file', newKey, '--data', data])).status).toBe(0)
      await withServer(time, async (server) => {
        expect(await outcomes(server, time, fixture)).toEqual(expected(fixture))
        await useUp(server, fixture)
      })
    },
  )

  it('can be made of this version, for the next one', async () => {
    mkdirSync(data, { mode: 0o700 })
    const fixture = await makeFixture(data)
    const sql = dumpOf(join(data, 'countersign.db'))
    rmSync(data, { recursive: true })
    mkdirSync(data, { mode: 0o700 })
    const db = new DatabaseSync(join(data, 'countersign.db'), { enableForeignKeyConstraints: false })
    db.exec(sql)
    db.close()
    writeFileSync(join(data, 'master.key'), Buffer.from(fixture.masterKey, 'base64'), { mode: 0o600 })
    const time = new ManualTime((fixture.madeAt + 10) * 1000)
    await withServer(time, async (server) => {
      expect(await outcomes(server, time, fixture)).toEqual(expected(fixture))
      await useUp(server, fixture)
      expect((await server.authority.store.check()).faults).toEqual([])
    })
    expect(existsSync(join(data, 'backups'))).toBe(false)
  })
})
