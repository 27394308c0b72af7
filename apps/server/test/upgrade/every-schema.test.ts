import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { knownVersion } from '@countersign/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/testing/run-program.ts'
import { startTestServer, type TestServer } from '../../src/testing/test-server.ts'
import { ManualTime } from '../../src/testing/time.ts'
import { needing } from '../store-features.ts'
import { expected, folderOf, outcomes, readFixture, useUp } from './handed-out.ts'
import { dumpOf, makeFixture } from './make-fixture.ts'
import { makeOldFolder, schemaOf } from './old-folder.ts'

beforeEach(needing('file'))

/*
 * A data folder of every schema that was released, left by the version of then. `schema-N/countersign.sql` is the dump of its
 * database, and `tokens.json` what was handed out. Schema 6 is tested by before-revocations.test.ts, too, and schema 5 by
 * before-apis.test.ts.
 */

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
