import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, serverPrograms, startCluster } from '@countersign/store/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest'
import {
  everythingWorks,
  type Furnished,
  furnish,
  useEverything,
  withServer,
} from '../../../test/upgrade/resealed-folder.ts'
import { openDatabase } from '../../compose/open-database.ts'
import { resealOnServer } from '../../compose/resealing.ts'
import { readConfig } from '../../config/read-config.ts'
import { dialects } from '../../dialects/registry.ts'
import { createLogger } from '../../log/logger.ts'
import { startTestServer } from '../../testing/test-server.ts'
import { run } from '../testing/run-program.ts'

const programs = serverPrograms()
const silent = createLogger({ level: 'error', sink: { writableLength: 0, write: () => true } })

let cluster: Cluster | undefined
let template: string
let made: Furnished
beforeAll(async () => {
  if ('missing' in programs) return
  cluster = await startCluster()
  cluster.run('create role server login', 'create role admin login')
  template = mkdtempSync(join(tmpdir(), 'countersign-furnished-'))
  made = await furnish(join(template, 'data'))
  await run(['export', join(template, 'export'), '--data', join(template, 'data')])
})
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  if (template !== undefined) rmSync(template, { recursive: true })
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-reseal-'))
  writeFileSync(join(folder, 'new.key'), Buffer.alloc(32, 9), { mode: 0o600 })
})
afterEach(() => rmSync(folder, { recursive: true }))

let databases = 0
/** A database with one of everything that depends on the master key, which is in the data folder. */
const furnished = async (context: TestContext) => {
  if (cluster === undefined) return context.skip('missing' in programs ? programs.missing : 'no server')
  const name = `countersign_${++databases}`
  cluster.run(`create database ${name}`)
  const url = cluster.url(name)
  const data = join(folder, 'data')
  cpSync(join(template, 'data'), data, { recursive: true })
  for (const file of readdirSync(data)) if (file !== 'master.key') rmSync(join(data, file), { recursive: true })
  const as = (user: string, ...args: readonly string[]) =>
    run([...args, '--data', data], { env: { COUNTERSIGN_DATABASE_URL: url.replace('postgres@', `${user}@`) } })
  const at = (...args: readonly string[]) => as('postgres', ...args)
  await at('import', join(template, 'export'))
  cluster.runIn(name, 'grant select, insert, update, delete on all tables in schema public to server, admin')
  const [key, newKey] = [join(data, 'master.key'), join(folder, 'new.key')]
  return {
    ...{ cluster, name, url, data, key, newKey, as, at },
    label: `${name} at ${cluster.socket}:${cluster.port}`,
    works: () => withServer(data, made.time, (server) => useEverything(server, made), { 'database-url': url }),
    reseal: (...args: readonly string[]) => at('keys', 'reseal', '--new-master-key-file', newKey, ...args),
    keptKeys: () => readdirSync(data).filter((file) => file.startsWith('master.key.replaced-')),
    sealed: () => cluster?.runIn(name, 'select sealed from key_sets order by number'),
  }
}

describe('keys reseal of a database on a server', () => {
  it('N-735 leaves everything valid under the new key, and the old one opens nothing', async (context) => {
    const { cluster, name, data, key, newKey, label, as, at, works, reseal, keptKeys, sealed } =
      await furnished(context)
    const before = sealed()
    const { status, out, err } = await reseal()
    expect({ status, err }).toEqual({ status: 0, err: `database: ${label}\n` })
    const [kept = ''] = keptKeys()
    expect(out).toMatch(/^Sealed anew: key sets 2, authenticators 1, password hashes 2\.\n/)
    expect(out).toContain(`The old key is kept as ${join(data, kept)}: `)
    expect(out).toContain('VACUUM FULL key_sets, sealed_secrets, enrolments, users')
    expect(readFileSync(key)).toEqual(readFileSync(newKey))
    expect(sealed()).not.toEqual(before)
    expect(await works()).toEqual(everythingWorks)
    const refused = await at('keys', 'list', '--master-key-file', join(data, kept))
    expect(refused).toMatchObject({ status: 1, err: expect.stringContaining('wrong master key') })
    // Again, by a role without rights on the schema: nothing is left to do.
    const again = await as('server', 'keys', 'reseal', '--new-master-key-file', newKey, '--json')
    expect(JSON.parse(again.out)).toMatchObject({ resealed: false, old_master_key_file: null, under_the_old_key: [] })
    const entries = cluster.runIn(name, `select detail from audit where action = 'master_key_replaced'`)
    expect(JSON.parse(entries)).toEqual({ key_sets: 2, totp_secrets: 1, password_hashes: 2 })
  })

  it('is refused while a server is connected, also where the role may not see whose sessions there are', async (context) => {
    const { data, url, newKey, as, label, sealed } = await furnished(context)
    const before = sealed()
    const server = await startTestServer({ data, flags: { 'database-url': url.replace('postgres@', 'server@') } })
    const { status, err } = await as('admin', 'keys', 'reseal', '--new-master-key-file', newKey)
    expect({ status, err }).toEqual({
      status: 1,
      err: `countersign: ${label} has other sessions: stop every server, and every pooler, first\n`,
    })
    await server.close()
    expect(sealed()).toEqual(before)
  })

  it('changes nothing if a server was started meanwhile', async (context) => {
    const { data, url, newKey, works, sealed } = await furnished(context)
    const before = sealed()
    const config = readConfig({ flags: { data, 'database-url': url }, env: {} }, dialects)
    const opening = { migrates: false, logger: silent, now: () => 0 }
    const store = await openDatabase(config, { ...opening, alone: true })
    const other = await openDatabase(config, opening)
    const attempt = resealOnServer(store, config, { newKeyFile: newKey, now: 0 })
    await expect(attempt).rejects.toThrow('has other sessions')
    await other.close()
    await store.close()
    expect(sealed()).toEqual(before)
    expect(await works()).toEqual(everythingWorks)
  })

  it('N-736 is finished by the next call where it was interrupted', async (context) => {
    const { data, url, key, newKey, works, reseal } = await furnished(context)
    const config = readConfig({ flags: { data, 'database-url': url }, env: {} }, dialects)
    const steps = ['write key', 'seal', 'sealed', 'keep old key', 'replace key', 'sync key']
    for (const [round, end] of steps.entries()) {
      writeFileSync(newKey, Buffer.alloc(32, 20 + round), { mode: 0o600 })
      const store = await openDatabase(config, { migrates: false, alone: true, logger: silent, now: () => 0 })
      const onStep = (step: string) => {
        if (step === end) throw new Error('power cut')
      }
      await expect(resealOnServer(store, config, { newKeyFile: newKey, now: 0, onStep })).rejects.toThrow('power cut')
      await store.close()
      expect(await reseal(), end).toMatchObject({ status: 0 })
      expect(readFileSync(key), end).toEqual(readFileSync(newKey))
      expect(existsSync(`${key}.next`)).toBe(false)
    }
    expect(await works()).toEqual(everythingWorks)
  })
})

describe('a server that has the old master key', () => {
  it('N-737 answers 503 and seals nothing once the database is sealed anew, and is not started again', async (context) => {
    const { cluster, name, url, data, newKey, key, works, reseal } = await furnished(context)
    const flags = { 'database-url': url.replace('postgres@', 'server@'), 'master-key-file': join(folder, 'old.key') }
    cpSync(key, flags['master-key-file'])
    const server = await startTestServer({ data, time: made.time, flags, cheapHashes: true })
    const me = async () =>
      (await server.fetch('/v1/me', { headers: { authorization: `Bearer ${made.session.access_token}` } })).status
    expect(await me()).toBe(200)
    // Its machine is cut off, and the operator believes that it has stopped.
    const cut = `select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'server'`
    cluster.runIn(name, 'alter role server nologin', cut)
    expect(await reseal()).toMatchObject({ status: 0 })
    cluster.run('alter role server login')
    expect(await me()).toBe(503)
    const login = await server.fetch('/v1/sessions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'vera', password: 'wrong horse battery staple' }),
    })
    expect(login.status).toBe(503)
    expect((await server.fetch('/readyz')).status).toBe(503)
    expect((await server.fetch('/healthz')).status).toBe(200)
    expect(server.log()).toContain('wrong master key')
    await expect(server.authority.reloadKeys()).rejects.toMatchObject({ code: 'unavailable' })
    await server.close()
    const starting = startTestServer({ data, time: made.time, flags, cheapHashes: true })
    await expect(starting).rejects.toThrow('wrong master key')
    expect(await works()).toEqual(everythingWorks)
    expect(readFileSync(newKey)).toEqual(readFileSync(key))
  })
})
