import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { knownVersion } from '@countersign/store'
import { type Cluster, serverPrograms, startCluster } from '@countersign/store/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest'
import { startTestServer } from '../../testing/test-server.ts'
import { run } from '../testing/run-program.ts'

const password = 'correct horse battery staple'
const programs = serverPrograms()

let cluster: Cluster | undefined
beforeAll(async () => {
  if (!('missing' in programs)) cluster = await startCluster()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-database-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

let databases = 0
/** A database without a table in it, and commands that use it. */
const newDatabase = (context: TestContext) => {
  if (cluster === undefined) return context.skip('missing' in programs ? programs.missing : 'no server')
  const name = `countersign_${++databases}`
  cluster.run(`create database ${name}`)
  const url = cluster.url(name)
  const data = join(folder, 'data')
  const at = (args: readonly string[], env: Readonly<Record<string, string>> = { COUNTERSIGN_DATABASE_URL: url }) =>
    run([...args, '--data', data], { stdin: password, env })
  return { cluster, name, url, data, at, label: `${name} at ${cluster.socket}:${cluster.port}` }
}

describe('a database on a server', () => {
  it('is initialised by the making of the owner, served, and examined', async (context) => {
    const { url, data, at, label } = newDatabase(context)
    expect((await at(['doctor'])).out).toContain(`${label} has no schema`)
    expect((await at(['keys', 'list'])).err).toContain(`${label} has no schema`)
    const made = await at(['create-user', '-u', 'mia', '-g', 'owner', '--password-stdin'])
    expect(made).toMatchObject({ status: 0, err: `database: ${label}\n` })
    const server = await startTestServer({ data, flags: { 'database-url': url } })
    const { access_token } = await server.login('mia')
    const me = () => server.fetch('/v1/me', { headers: { authorization: `Bearer ${access_token}` } })
    expect((await me()).status).toBe(200)
    expect((await server.fetch('/readyz')).status).toBe(200)
    // A command beside the server, with the URL in a file.
    const file = join(folder, 'url')
    writeFileSync(file, `${url}\n`, { mode: 0o600 })
    const unlocked = await at(['reset-password', '-u', 'mia', '--password-stdin'], {
      COUNTERSIGN_DATABASE_URL_FILE: file,
    })
    expect(unlocked).toMatchObject({ status: 0, err: `database: ${label}\n` })
    expect((await me()).status).toBe(401)
    await server.close()
    const examined = await at(['doctor'])
    expect(examined.out).toMatch(/^ok {4}database: postgresql .*, schema \d+ of \d+, countersign_/m)
    expect(examined.out).toMatch(/^ok {4}database clock: /m)
    // The tests' server does not wait for its disk.
    expect(examined.out).toMatch(/^fail {2}integrity: fsync = off/m)
  })

  it('is migrated by one role, and served by another one that may not make tables', async (context) => {
    const { cluster, name, url, data, at } = newDatabase(context)
    expect(JSON.parse((await at(['migrate', '--json'])).out)).toMatchObject({ migrated_from: 0 })
    expect(JSON.parse((await at(['migrate', '--json'])).out)).toMatchObject({ migrated_from: null })
    cluster.run('create role server login')
    cluster.runIn(name, 'grant select, insert, update, delete on all tables in schema public to server')
    const server = await startTestServer({
      data,
      flags: { 'database-url': url.replace('postgres@', 'server@') },
    })
    await server.user('mia', 'viewer')
    expect((await server.login('mia')).access_token).toMatch(/./)
    await server.close()
  })

  it('of an older schema is not migrated by "serve"', async (context) => {
    const { cluster, name, url, data, at } = newDatabase(context)
    await at(['migrate'])
    cluster.runIn(name, 'delete from schema_versions where version = (select max(version) from schema_versions)')
    const serving = startTestServer({ data, flags: { 'database-url': url } })
    await expect(serving).rejects.toThrow(/stop every server, and run "countersign migrate"/)
  })

  it('that another version migrates meanwhile is neither written nor read any more', async (context) => {
    const { cluster, name, url, data, at } = newDatabase(context)
    await at(['migrate'])
    const server = await startTestServer({ data, flags: { 'database-url': url } })
    await server.user('mia', 'viewer')
    const { access_token } = await server.login('mia')
    const me = async () =>
      (await server.fetch('/v1/me', { headers: { authorization: `Bearer ${access_token}` } })).status
    expect([(await server.fetch('/readyz')).status, await me()]).toEqual([200, 200])
    // What a migration by a later version does first.
    cluster.runIn(name, `alter table schema_is_${knownVersion} rename to schema_is_${knownVersion + 1}`)
    const body = JSON.stringify({ username: 'mia', password })
    const login = await server.fetch('/v1/sessions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect([login.status, login.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)])
    expect((await server.fetch('/readyz')).status).toBe(503)
    expect((await server.fetch('/healthz')).status).toBe(200)
    expect(await me()).toBe(503)
    expect(server.log()).toContain(`the database has no schema ${knownVersion} any more: another version`)
    // As a restored backup does.
    cluster.runIn(name, `alter table schema_is_${knownVersion + 1} rename to schema_is_${knownVersion}`)
    await expect.poll(async () => (await server.fetch('/readyz')).status, { timeout: 10_000 }).toBe(200)
    expect(await me()).toBe(200)
    await server.close()
  })

  it('whose clock differs from that of this machine is not served', async (context) => {
    const { url, data } = newDatabase(context)
    const time = { wall: () => Date.now() + 60_000, monotonic: () => performance.now() }
    const server = await startTestServer({ data, flags: { 'database-url': url }, time })
    expect((await server.fetch('/readyz')).status).toBe(503)
    expect((await server.fetch('/healthz')).status).toBe(200)
    expect(server.log()).toContain('database_clock_differs')
    await server.close()
  })

  it('is needed with its master key, which no other instance makes anew', async (context) => {
    const { data, at } = newDatabase(context)
    await at(['create-user', '-u', 'mia', '-g', 'owner', '--password-stdin'])
    const key = join(data, 'master.key')
    cpSync(key, join(folder, 'shared.key'))
    rmSync(key)
    expect((await at(['keys', 'list'])).err).toMatch(/master key .* is missing, and the database needs it/)
    expect((await at(['keys', 'list', '--master-key-file', join(folder, 'shared.key')])).status).toBe(0)
  })

  it('is not for commands that work on a file', async (context) => {
    const { at } = newDatabase(context)
    const file = join(folder, 'file')
    for (const [words, instead] of [
      [['backup', file], 'pg_dump'],
      [['restore', file], 'pg_restore'],
    ] as const) {
      const refused = await at(words)
      expect(refused.status).toBe(1)
      expect(refused.err).toContain(instead)
    }
  })

  it('N-733 that its own tools have restored: what was revoked since is not valid again', async (context) => {
    const { cluster, name, url, data, at } = newDatabase(context)
    await at(['create-user', '-u', 'mia', '-g', 'owner', '--password-stdin'])
    const server = await startTestServer({ data, flags: { 'database-url': url } })
    const { access_token } = await server.login('mia')
    const { client, secret } = await server.client({ name: 'robot', tokenForm: 'jwt' })
    const issue = (from: typeof server) =>
      from.fetch('/oauth2/token', {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      })
    const me = async (from: typeof server, token: string) =>
      (await from.fetch('/v1/me', { headers: { authorization: `Bearer ${token}` } })).status
    const jwt = ((await (await issue(server)).json()) as { access_token: string }).access_token
    const feed = await server.authority.store.revocations.state()
    await server.close()
    // The backup is of this moment. The session is revoked afterwards, which the restore takes back.
    cluster.run(`create database ${name}_restored template ${name}`)
    const restored = url.replace(name, `${name}_restored`)
    const env = { COUNTERSIGN_DATABASE_URL: restored }
    const ended = await at(['after-restore'], env)
    expect(ended.status).toBe(0)
    expect(ended.out).toMatch(/^Every session, .* was revoked: create new ones\.\nReview who may do what:\n {2}owner/)
    const again = await startTestServer({ data, flags: { 'database-url': restored } })
    expect([await me(again, access_token), await me(again, jwt)]).toEqual([401, 401])
    expect((await issue(again)).status).toBe(401)
    expect((await again.login('mia')).access_token).toMatch(/./)
    const renewed = await again.authority.store.revocations.state()
    expect(renewed.feed).not.toBe(feed.feed)
    expect(renewed.last).toBeGreaterThanOrEqual(feed.last + 2)
    expect((await again.auditCounts()).database_restored).toBe(1)
    expect((await at(['after-restore'], env)).err).toContain('has other sessions')
    await again.close()
    const moved = await at(['after-restore', '--keep-credentials', '--json'], { COUNTERSIGN_DATABASE_URL: url })
    expect(JSON.parse(moved.out)).toMatchObject({
      outcome: 'as_backed_up',
      people: [{ username: 'mia', role: 'owner' }],
    })
    const same = await startTestServer({ data, flags: { 'database-url': url } })
    expect(await me(same, access_token)).toBe(200)
    await same.close()
  })

  it('takes everything of a data folder, and gives it back: who was logged in still is', async (context) => {
    const { url, data, at } = newDatabase(context)
    const old = join(folder, 'old')
    const inFolder = (args: readonly string[], where = old) => run([...args, '--data', where], { stdin: password })
    await inFolder(['create-user', '-u', 'mia', '-g', 'owner', '--password-stdin'])
    const first = await startTestServer({ data: old })
    const { access_token } = await first.login('mia')
    await first.close()
    mkdirSync(data, { mode: 0o700 })
    cpSync(join(old, 'master.key'), join(data, 'master.key'))
    const moved = join(folder, 'moved')
    expect((await inFolder(['export', moved])).status).toBe(0)
    expect(await at(['import', moved])).toMatchObject({ status: 0 })
    expect((await at(['import', moved])).err).toContain('the database is not empty')
    const second = await startTestServer({ data, flags: { 'database-url': url } })
    const authorization = `Bearer ${access_token}`
    expect((await second.fetch('/v1/me', { headers: { authorization } })).status).toBe(200)
    expect((await at(['export', join(folder, 'no')])).err).toContain('has other sessions')
    await second.close()
    const [back, third] = [join(folder, 'back'), join(folder, 'third')]
    expect(await at(['export', back])).toMatchObject({ status: 0 })
    mkdirSync(third, { mode: 0o700 })
    cpSync(join(old, 'master.key'), join(third, 'master.key'))
    expect((await inFolder(['import', back], third)).status).toBe(0)
    const last = await startTestServer({ data: third })
    expect((await last.fetch('/v1/me', { headers: { authorization } })).status).toBe(200)
    await last.close()
  })
})

describe('the URL of a database', () => {
  const secret = 'postgres://me:hunter2@127.0.0.1:1/db?connect_timeout=1'

  it('N-732 with a password is refused on the command line', async () => {
    for (const url of [secret, 'postgres://h/db?password=hunter2', 'postgres://h/db?a=1&password=hunter2']) {
      const refused = await run(['keys', 'list', '--database-url', url])
      expect(refused.status).toBe(2)
      expect(refused.err).toContain('use COUNTERSIGN_DATABASE_URL or --database-url-file')
      expect(refused.err + refused.out).not.toContain('hunter2')
    }
  })

  it('N-732 is not repeated by any message', async () => {
    const urls = [
      secret,
      'postgres://me:hunter2@h/db?hunter2=1',
      'mysql://me:hunter2@h',
      'postgres://me:hunter2@h:99999/d',
    ]
    for (const url of urls) {
      for (const words of [['doctor'], ['serve'], ['keys', 'list'], ['migrate']]) {
        const said = await run([...words, '--data', folder], { env: { COUNTERSIGN_DATABASE_URL: url } })
        expect(said.status).not.toBe(0)
        expect(said.err + said.out).not.toContain('hunter2')
      }
    }
  })

  it('is read from a file that others cannot read', async () => {
    const file = join(folder, 'url')
    writeFileSync(file, secret, { mode: 0o644 })
    const words = ['keys', 'list', '--database-url-file', file]
    expect((await run(words)).err).toContain(`database URL file ${file}`)
    rmSync(file)
    expect((await run(words)).err).toContain('is missing or empty')
    const both = await run(words, { env: { COUNTERSIGN_DATABASE_URL: secret } })
    expect(both).toMatchObject({ status: 2 })
    expect(both.err).toContain('are both given')
  })
})
