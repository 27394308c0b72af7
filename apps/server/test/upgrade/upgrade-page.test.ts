// The commands of docs/upgrade.md, in their order, on a data folder of an older schema.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { knownVersion } from '@countersign/store'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { plainEnvironment } from '../../src/testing/process/program.ts'
import { makeOldFolder, schemaOf } from './old-folder.ts'
import fixture from './schema-7/tokens.json' with { type: 'json' }

const page = readFileSync(new URL('../../../../docs/upgrade.md', import.meta.url), 'utf8')
const mark = '<!-- executed by apps/server/test/upgrade/upgrade-page.test.ts -->'
const blocks = page
  .split(mark)
  .slice(1)
  .map((rest) => {
    const [, indent = '', code = ''] = /^\s*\n( *)```sh\n([\s\S]*?)\n *```/.exec(rest) ?? []
    return code
      .split('\n')
      .map((line) => line.slice(indent.length))
      .join('\n')
  })

let data: string
let database: string
beforeAll(() => {
  data = join(mkdtempSync(join(tmpdir(), 'countersign-upgrade-page-')), 'data')
  database = makeOldFolder(data, 'schema-7', fixture)
})
afterAll(() => rmSync(join(data, '..'), { recursive: true }))

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

function execute(block: string | undefined) {
  const program = `countersign() { "${process.execPath}" --conditions=countersign "${main}" "$@"; }`
  const env = { ...plainEnvironment(), COUNTERSIGN_DATA: data }
  const { status, stdout, stderr } = spawnSync('sh', ['-eu', '-c', `${program}\n${block}`], { env, encoding: 'utf8' })
  return { status, out: stdout, err: stderr }
}

it('docs/upgrade.md upgrades a folder and goes back', { timeout: 120_000 }, () => {
  const [ask, migrate, goBack, ...more] = blocks
  expect(more).toEqual([])
  expect(execute(ask)).toMatchObject({
    status: 0,
    out: expect.stringContaining('"countersign migrate" without serving'),
  })
  expect(schemaOf(database)).toBe(7)
  const migrated = execute(migrate)
  expect(migrated).toMatchObject({ status: 0, out: expect.stringMatching(/countersign-schema-7-\d{8}T\d{6}Z\.db/) })
  expect(schemaOf(database)).toBe(knownVersion)
  // A later version migrates it further, after which this one is the old one.
  const db = new DatabaseSync(database)
  db.exec(`insert into schema_versions values (${knownVersion + 1}, 'future', 0)`)
  db.close()
  expect(execute('countersign keys list').err).toContain(
    `go back with "countersign restore ${data}/backups/countersign-schema-7-`,
  )
  const { status, out } = execute(goBack)
  expect(status).toBe(0)
  expect(out).toContain('a newer version of Countersign wrote the replaced database')
  expect(out).toContain('ok    integrity: no fault found')
  expect(schemaOf(database)).toBe(knownVersion)
  expect(readdirSync(data).some((name) => name.startsWith('countersign.db.replaced-'))).toBe(true)
})
