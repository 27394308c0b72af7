import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { localCaller } from '@countersign/core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/testing/run-program.ts'
import { resealFolder } from '../../src/compose/resealing.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { dialects } from '../../src/dialects/registry.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import { needing } from '../store-features.ts'
import {
  databaseOf,
  everythingWorks,
  type Furnished,
  furnish,
  logInWith,
  openedBy,
  sealedIn,
  useEverything,
  withServer,
} from './resealed-folder.ts'

beforeEach(needing('file'))

let template: string
let made: Furnished
beforeAll(async () => {
  template = join(mkdtempSync(join(tmpdir(), 'countersign-furnished-')), 'data')
  made = await furnish(template)
})
afterAll(() => rmSync(join(template, '..'), { recursive: true }))

let folder: string
let data: string
let database: string
let key: string
let newKey: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-reseal-'))
  data = join(folder, 'data')
  cpSync(template, data, { recursive: true })
  database = databaseOf(data)
  key = join(data, 'master.key')
  newKey = join(folder, 'new.key')
  writeFileSync(newKey, Buffer.alloc(32, 9), { mode: 0o600 })
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (...args: string[]) => run([...args, '--data', data])
const reseal = (...args: string[]) => at('keys', 'reseal', '--new-master-key-file', newKey, ...args)
const nothing = { keySets: 0, secrets: 0, pepper: 0, hashes: 0 }
const everything = { keySets: 2, secrets: 1, pepper: 1, hashes: 2 }
const oldKeys = () => readdirSync(data).filter((name) => name.startsWith('master.key.replaced-'))
const works = (time = made.time) => withServer(data, time, (server) => useEverything(server, made))

describe('keys reseal', () => {
  it('N-713 leaves every token, secret, password and authenticator valid, and the old key opens nothing', async () => {
    expect(openedBy(database, key)).toEqual(everything)
    const before = sealedIn(database)
    const oldKey = readFileSync(key)
    const { status, out, err } = await reseal()
    expect({ status, err }).toEqual({ status: 0, err: `data folder: ${data}\n` })
    const [kept = ''] = oldKeys()
    expect(out).toBe(
      'Sealed anew: key sets 2, authenticators 1, password hashes 2.\n' +
        `The master key is ${key} from now on.\n` +
        `The old key is kept as ${join(data, kept)}: it opens nothing but earlier backups.\n`,
    )
    expect([readFileSync(key), readFileSync(join(data, kept))]).toEqual([readFileSync(newKey), oldKey])
    for (const name of ['master.key', kept]) expect(statSync(join(data, name)).mode & 0o777).toBe(0o600)
    expect(openedBy(database, join(data, kept))).toEqual(nothing)
    expect(openedBy(database, key)).toEqual(everything)
    // Nor is what it opened left in a page that is not used any more, or in another file.
    for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
      if (!statSync(join(data, name)).isFile()) continue
      const bytes = readFileSync(join(data, name))
      for (const sealed of before) expect(bytes.includes(Buffer.from(sealed)), name).toBe(false)
    }
    expect(await works()).toEqual(everythingWorks)
    await withServer(data, made.time, async (server) => {
      const entries = await server.authority.store.audit.list({ limit: 50 })
      expect(entries.find(({ action }) => action === 'master_key_replaced')).toMatchObject({
        detail: { key_sets: 2, totp_secrets: 1, password_hashes: 2 },
      })
      const refreshed = await server.fetch('/oauth2/token', {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: 'countersign',
          refresh_token: made.session.refresh_token,
        }),
      })
      expect(refreshed.status).toBe(200)
      const tom = await server.authority.store.users.findByName('tom')
      const { recoveryCodes } = server.authority.useCases
      const code = { userId: tom?.id, code: made.recoveryCode }
      expect(await recoveryCodes.spend(code, localCaller.context)).toBe(true)
    })
  })

  it('N-713 seals passwords that are set afterwards, too, and can be repeated with another key', async () => {
    await reseal()
    await withServer(data, made.time, async (server) => {
      const { useCases } = server.authority
      await server.user('new', 'viewer')
      const old = sealedIn(database).length
      await useCases.keys.rotate('ES256', localCaller)
      expect(sealedIn(database)).toHaveLength(old + 1)
    })
    const [first = ''] = oldKeys()
    expect(openedBy(database, join(data, first))).toEqual(nothing)
    writeFileSync(newKey, Buffer.alloc(32, 10), { mode: 0o600 })
    const json = JSON.parse((await reseal('--json')).out) as Record<string, unknown>
    expect(json).toMatchObject({
      resealed: true,
      key_sets: 3,
      password_hashes: 3,
      unreadable: 0,
      under_the_old_key: [],
    })
    for (const name of oldKeys()) expect(openedBy(database, join(data, name))).toEqual(nothing)
    expect(await works()).toEqual(everythingWorks)
    await withServer(data, made.time, async (server) => {
      expect((await server.login('new', goodPassword)).role).toBe('viewer')
      await expect(server.login('new', 'wrong horse battery staple')).rejects.toThrow('401')
    })
  })

  it('N-713 leaves nothing that the old key opens in the unused parts of pages', async () => {
    const db = new DatabaseSync(database)
    db.exec(`create temp table one as select * from users where username = 'vera'`)
    const change = db.prepare('update one set id = ?1, username = ?1, canonical_name = ?1, password_hash = ?2')
    for (let n = 0; n < 400; n++) {
      change.run(`user-${n}`, `$argon2id$v=19$m=19456,t=2,p=1$${`${n}`.padStart(22, 'A')}$${`${n}`.padStart(43, 'B')}`)
      db.exec('insert into users select * from one')
    }
    db.close()
    const before = sealedIn(database).map((sealed) => Buffer.from(sealed))
    expect((await reseal()).out).toContain('password hashes 402.')
    const bytes = readFileSync(database)
    expect(before.filter((sealed) => bytes.includes(sealed))).toEqual([])
  })

  it('is refused while a server has the folder open, and for a schema that has to be migrated', async () => {
    await withServer(data, made.time, async () => {
      expect(await reseal()).toMatchObject({ status: 1, err: expect.stringContaining('stop it first') })
    })
    expect(openedBy(database, key)).toEqual(everything)
    const db = new DatabaseSync(database)
    db.exec('drop table sealed_secrets; delete from schema_versions where version >= 8')
    db.close()
    expect(await reseal()).toMatchObject({ status: 1, err: expect.stringContaining('"countersign migrate"') })
  })

  it('needs room for the copy, and changes nothing without', async () => {
    const config = readConfig({ flags: { data }, env: {} }, dialects)
    const attempt = resealFolder(config, { newKeyFile: newKey, now: 0, freeBytes: () => 1000 })
    await expect(attempt).rejects.toMatchObject({ name: 'BackupError', code: 'no_room' })
    expect(openedBy(database, key)).toEqual(everything)
    expect(oldKeys()).toEqual([])
  })

  it('makes the new key if there is none, and refuses a file that is no key', async () => {
    rmSync(newKey)
    expect((await reseal()).status).toBe(0)
    expect([statSync(newKey).size, statSync(newKey).mode & 0o777]).toEqual([32, 0o600])
    expect(readFileSync(newKey)).toEqual(readFileSync(key))
    writeFileSync(newKey, 'short')
    expect(await reseal()).toMatchObject({ status: 1, err: expect.stringContaining('is not 32 bytes long') })
    expect((await at('keys', 'reseal')).status).toBe(2)
  })

  it('leaves a key file alone that is not in the data folder, or is a link, and says with which the server starts', async () => {
    const mounted = join(folder, 'mounted.key')
    cpSync(key, mounted)
    rmSync(key)
    const { out } = await reseal('--master-key-file', mounted)
    expect(out).toContain(`The master key is ${newKey} from now on.\n`)
    expect(out).not.toContain('The old key is kept')
    expect(readFileSync(mounted)).not.toEqual(readFileSync(newKey))
    expect(await at('keys', 'list', '--master-key-file', mounted)).toMatchObject({
      status: 1,
      err: expect.stringContaining('wrong master key'),
    })
    expect((await at('keys', 'list', '--master-key-file', newKey)).status).toBe(0)
    // Again: it is done already.
    expect((await reseal('--master-key-file', mounted)).out).toContain('sealed under the new key already')
    symlinkSync('real.key', key)
    cpSync(newKey, join(data, 'real.key'))
    writeFileSync(newKey, Buffer.alloc(32, 11), { mode: 0o600 })
    expect((await reseal()).out).toContain(`The master key is ${newKey} from now on.\n`)
  })

  it('is refused if neither key opens the database', async () => {
    writeFileSync(key, Buffer.alloc(32, 1), { mode: 0o600 })
    const { status, err } = await reseal()
    expect(status).toBe(1)
    expect(err).toBe(
      `countersign: neither ${key} nor ${newKey} opens the database: --master-key-file names the key that it is sealed under\n`,
    )
  })

  it('leaves what no key opens as it is, and counts it', async () => {
    const db = new DatabaseSync(database)
    db.exec(
      `delete from enrolments; insert into enrolments select id, 'active', x'00', 1, 1, 0, 0 from users where username = 'tom'`,
    )
    db.close()
    expect((await reseal()).out).toContain('Left as they are, since the old key does not open them: 1.\n')
    expect(await works()).toEqual({ ...everythingWorks, factors: 401 })
  })
})

describe('N-714 a change of the master key that is killed', () => {
  const program = fileURLToPath(new URL('../../src/compose/testing/resealing-process.ts', import.meta.url))

  it('at any step leaves a database that one key opens wholly, and is finished by the next call', {
    timeout: 300_000,
  }, async () => {
    const seen: string[] = []
    for (let step = 1; seen.at(-1) !== 'done'; step++) {
      rmSync(data, { recursive: true })
      cpSync(template, data, { recursive: true })
      const { stdout } = spawnSync(process.execPath, ['--conditions=countersign', program, data, newKey, `${step}`])
      seen.push(stdout.toString().trim().split('\n').at(-1) ?? '')
      const oldKey = join(template, 'master.key')
      const states = [openedBy(database, oldKey), openedBy(database, newKey)]
      expect(states, seen.at(-1)).toEqual(
        states[0]?.keySets === 0 ? [nothing, everything] : [everything, { ...nothing, pepper: 1, hashes: 2 }],
      )
      const { status, err } = await reseal()
      expect({ status, err }, seen.at(-1)).toEqual({ status: 0, err: `data folder: ${data}\n` })
      expect(readFileSync(key)).toEqual(readFileSync(newKey))
      expect(openedBy(database, key)).toEqual(everything)
      expect(readdirSync(data).filter((name) => /resealing|\.next$/.test(name))).toEqual([])
      expect((await at('keys', 'list')).status).toBe(0)
    }
    expect(seen).toEqual([
      ...[
        'copy',
        'seal',
        'vacuum',
        'before swap',
        'write key',
        'remove log',
        'remove log',
        'rename',
        'sync',
        'swapped',
      ],
      ...['keep old key', 'replace key', 'sync key', 'done'],
    ])
    expect(await works()).toEqual(everythingWorks)
  })

  it('is explained by the next start', async () => {
    spawnSync(process.execPath, ['--conditions=countersign', program, data, newKey, '10'])
    const { status, err } = await at('keys', 'list')
    expect({ status, err: err.split('\n').at(-2) }).toEqual({
      status: 1,
      err: `countersign: a change of the master key ${key} was interrupted: run "countersign keys reseal" again`,
    })
  })
})

describe('a backup of before the master key was replaced', () => {
  it('is refused with the flag that helps, and is restored with the old key, under the new one', async () => {
    const backup = join(folder, 'backup.db')
    await at('backup', backup)
    await withServer(data, made.time, async ({ authority: { useCases, store } }) => {
      const vera = await store.users.findByName('vera')
      await useCases.users.change({ id: String(vera?.id), disabled: true }, localCaller)
    })
    await reseal()
    const [kept = ''] = oldKeys().map((name) => join(data, name))
    expect(await at('restore', backup)).toMatchObject({
      status: 1,
      err: `countersign: master key ${key} does not open ${backup}: --backup-master-key-file names the one that it was made under\n`,
    })
    const { status, out } = await at('restore', backup, '--backup-master-key-file', kept, '--keep-sessions', '--json')
    expect(status).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ outcome: 'carried_over', carried_over: { people_disabled: 1 } })
    expect(openedBy(database, kept)).toEqual(nothing)
    expect(openedBy(database, key)).toEqual(everything)
    expect(await works()).toEqual({ ...everythingWorks, access: 401, personal: 401, password: 401 })
    await withServer(data, made.time, async (server) => {
      expect(await logInWith(server, made.authenticator.next())).toBe(201)
    })
  })

  it('is restored where there is no database any more', async () => {
    const backup = join(folder, 'backup.db')
    await at('backup', backup)
    const oldKey = join(folder, 'old.key')
    cpSync(key, oldKey)
    rmSync(data, { recursive: true })
    cpSync(join(folder, 'new.key'), key, { recursive: true })
    const { status } = await at('restore', backup, '--backup-master-key-file', oldKey, '--keep-credentials')
    expect(status).toBe(0)
    expect(existsSync(database)).toBe(true)
    expect(openedBy(database, oldKey)).toEqual(nothing)
    expect(await works()).toEqual(everythingWorks)
  })
})
