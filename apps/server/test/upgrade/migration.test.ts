import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { knownVersion } from '@countersign/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/testing/run-program.ts'
import { openDatabase } from '../../src/compose/open-database.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { dialects } from '../../src/dialects/registry.ts'
import { createLogger } from '../../src/log/logger.ts'
import { startTestServer } from '../../src/testing/test-server.ts'
import { ManualTime } from '../../src/testing/time.ts'
import { needing } from '../store-features.ts'
import fixture from './before-revocations/tokens.json' with { type: 'json' }
import { makeOldFolder, schemaOf } from './old-folder.ts'

beforeEach(needing('file'))

let folder: string
let data: string
let database: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-migration-'))
  data = join(folder, 'data')
  database = makeOldFolder(data, 'before-revocations', fixture)
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (...args: string[]) => run([...args, '--data', data])
const backups = () => (existsSync(join(data, 'backups')) ? readdirSync(join(data, 'backups')).sort() : [])
const time = () => new ManualTime(1_800_000_010_000)

const serveOnce = async (flags: Readonly<Record<string, string>> = {}) => {
  const server = await startTestServer({ data, time: time(), cheapHashes: true, flags })
  const log = server.log()
  await server.close()
  return log
}

describe('a start with a database of an older schema', () => {
  it('makes a backup, migrates, and logs both', async () => {
    const log = await serveOnce()
    expect(schemaOf(database)).toBe(knownVersion)
    expect(backups()).toEqual(['countersign-schema-6-20270115T080010Z.db'])
    const [backup = ''] = backups().map((name) => join(data, 'backups', name))
    expect([schemaOf(backup), statSync(backup).mode & 0o777, statSync(join(data, 'backups')).mode & 0o777]).toEqual([
      ...[6, 0o600, 0o700],
    ])
    const bytes = statSync(backup).size
    expect(log).toContain(
      `"event":"database_backed_up","schema":6,"bytes":${bytes},"backup":"countersign-schema-6-20270115T080010Z.db"`,
    )
    expect(log).toContain(`"event":"database_migrated","schema":${knownVersion},"schema_before":6`)
    // The next start has nothing to migrate.
    expect(await serveOnce()).not.toContain('database_backed_up')
    expect(backups()).toHaveLength(1)
  })

  it('makes none where none is wanted, and warns', async () => {
    const log = await serveOnce({ 'migration-backups': '0' })
    expect(schemaOf(database)).toBe(knownVersion)
    expect(backups()).toEqual([])
    expect(log).toMatch(/"level":"warn","event":"migration_without_backup",.*"schema":6/)
  })

  it('makes it in the configured folder', async () => {
    const elsewhere = join(folder, 'elsewhere', 'deep')
    await serveOnce({ 'migration-backup-folder': elsewhere })
    expect(readdirSync(elsewhere)).toEqual(['countersign-schema-6-20270115T080010Z.db'])
    expect(backups()).toEqual([])
  })

  it('changes nothing where there is no room, and says how much is needed', async () => {
    const config = readConfig({ flags: { data }, env: {} }, dialects)
    const logger = createLogger({ level: 'silent', sink: { writableLength: 0, write: () => true } })
    const options = { migrates: true, logger, now: () => 0 }
    await expect(openDatabase(config, { ...options, freeBytes: () => 1 })).rejects.toMatchObject({
      name: 'BackupError',
      code: 'no_room',
    })
    expect([schemaOf(database), backups()]).toEqual([6, []])
    await (await openDatabase(config, options)).close()
    expect(schemaOf(database)).toBe(knownVersion)
  })

  it('changes nothing where the backup cannot be written', async () => {
    writeFileSync(join(data, 'backups'), 'a file')
    const { status, err } = await at('migrate')
    expect([status, schemaOf(database)]).toEqual([1, 6])
    expect(err).toMatch(/^countersign: .*backups.*\n$/)
  })
})

describe('a command on a database of an older schema', () => {
  it.each([
    ['keys', 'list'],
    ['keys', 'rotate'],
    ['unlock', '-u', 'ada'],
    ['create-user', '-u', 'new', '-g', 'owner', '--password-stdin'],
    ['audit', 'export', '/nowhere/trail'],
  ])('is refused, says who migrates, and changes nothing: %s %s', async (...command) => {
    const { status, out, err } = await run([...command, '--data', data], { stdin: 'correct horse battery staple' })
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(err).toBe(
      `countersign: ${database} has schema 6, and this program needs ${knownVersion}: ` +
        `"countersign serve" migrates it, and "countersign migrate" without serving\n`,
    )
    expect([schemaOf(database), backups()]).toEqual([6, []])
  })

  it('may be a backup: it copies the database as it is', async () => {
    const file = join(folder, 'backup.db')
    expect((await at('backup', file)).status).toBe(0)
    expect([schemaOf(file), schemaOf(database)]).toEqual([6, 6])
  })

  it('may be doctor: it says that a migration is due and what its backup needs, and does not migrate', async () => {
    const { status, out } = await at('doctor')
    expect(status).toBe(0)
    expect(out).toContain(`warn  database: ${database} has schema 6, and this program needs ${knownVersion}: `)
    expect(out).toContain('ok    integrity: no fault found\n')
    expect(out).toMatch(/^ok {4}migration: the backup before it needs \d+ bytes, and \S+ has \d+$/m)
    expect([schemaOf(database), backups()]).toEqual([6, []])
  })

  it('may be migrate: it makes the backup and ends', async () => {
    expect(await at('migrate', '--json')).toMatchObject({
      status: 0,
      out: `{"schema":${knownVersion},"migrated_from":6}\n`,
    })
    expect(backups()).toHaveLength(1)
    expect((await at('migrate')).out).toBe(`Nothing to do: ${database} has schema ${knownVersion}.\n`)
    expect((await at('keys', 'list')).status).toBe(0)
  })

  it('may be a restore: the replaced database is kept as it was, and what was ended in it stays ended', async () => {
    const file = join(folder, 'backup.db')
    await at('backup', file)
    const db = new DatabaseSync(database)
    db.exec(
      `update users set sessions_epoch = sessions_epoch + 1, version = version + 1, disabled_at = 1 where username = 'vera'`,
    )
    db.close()
    const { status, out } = await at('restore', file, '--json')
    expect(status).toBe(0)
    const { outcome, carried_over, kept } = JSON.parse(out) as {
      outcome: string
      carried_over: Record<string, number>
      kept: string
    }
    expect([outcome, carried_over.people_disabled]).toEqual(['carried_over', 1])
    expect([schemaOf(kept), schemaOf(database)]).toEqual([6, knownVersion])
    expect(readdirSync(data).filter((name) => /judged|restoring/.test(name))).toEqual([])
  })
})

describe('a database that a later version has migrated', () => {
  const later = knownVersion + 1
  const migrateFurther = () => {
    const db = new DatabaseSync(database)
    db.exec(`create table of_the_future (n integer); insert into schema_versions values (${later}, 'future', 0)`)
    db.close()
  }

  it('is refused by every command, with the backup that leads back; a restore of it does', async () => {
    await at('migrate')
    // As the later version does before it migrates.
    const backup = join(data, 'backups', `countersign-schema-${knownVersion}-20280101T000000Z.db`)
    await at('backup', backup)
    migrateFurther()
    const sentence =
      `the database has schema ${later}, and this program knows ${knownVersion}, since a later version of Countersign has migrated it: ` +
      `use that version, or go back with "countersign restore ${backup} --data ${data}"`
    for (const command of [['keys', 'list'], ['serve', '--port', '0'], ['migrate']]) {
      const { status, out, err } = await at(...command)
      expect({ status, out, err }).toEqual({ status: 1, out: '', err: `countersign: ${sentence}\n` })
    }
    expect((await at('doctor')).out).toContain(`fail  database: ${sentence}`)
    expect(schemaOf(database)).toBe(later)
    const { status, out } = await at('restore', backup, '--keep-credentials')
    expect(status).toBe(0)
    expect(out).toContain('a newer version of Countersign wrote the replaced database')
    expect((await at('keys', 'list')).status).toBe(0)
    // The backups are still there, for another try.
    expect(backups()).toHaveLength(2)
  })

  it('is refused with a word about backups where the folder has none', async () => {
    await at('migrate')
    rmSync(join(data, 'backups'), { recursive: true })
    migrateFurther()
    expect((await at('keys', 'list')).err).toMatch(
      /go back with "countersign restore FILE --data \S+", FILE being a backup that was made before\n$/,
    )
  })

  it('is refused likewise where the folder of backups cannot be read', async () => {
    await run(['migrate', '--data', data, '--migration-backups', '0'])
    writeFileSync(join(data, 'backups'), 'a file')
    migrateFurther()
    expect((await at('keys', 'list')).err).toContain('a later version of Countersign has migrated it')
  })
})
