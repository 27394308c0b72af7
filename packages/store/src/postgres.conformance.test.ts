import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { suite } from './conformance/index.ts'
import { serverPrograms } from './testing/postgres/cluster.ts'
import {
  clusterBackends,
  givenBackends,
  type PostgresBackends,
  pgliteBackends,
} from './testing/postgres/postgres-backend.ts'
import { features, wordsOf } from './testing/postgres/sql-features.ts'

const programs = serverPrograms()
/** A server that somebody else runs. */
const given = process.env.COUNTERSIGN_TEST_DATABASE_URL
const isPglite = given === undefined && ('missing' in programs || process.env.COUNTERSIGN_TEST_POSTGRES === 'pglite')
if (isPglite)
  console.log(
    `PostgreSQL is tested in WebAssembly, on one connection: ${'missing' in programs ? programs.missing : 'as asked'}`,
  )

let backends: PostgresBackends | undefined
beforeAll(async () => {
  if (given !== undefined) backends = await givenBackends(given)
  else backends = await (isPglite ? pgliteBackends() : clusterBackends())
})
afterAll(() => backends?.close())

const factory = () => {
  if (backends === undefined) throw new Error('there is no server yet')
  return backends.factory()
}

/** Names of tables, columns, guards and subqueries: those that other statements quote, or that stand before a dot. */
const namesIn = (sent: Iterable<string>): ReadonlySet<string> => {
  const names = new Set(['locks', 'schema_is_', 'made', 'later'])
  for (const sql of sent) {
    for (const [, quoted = ''] of sql.matchAll(/"(\w+)"/g)) names.add(quoted)
    for (const [, guard = ''] of sql.matchAll(/create function (\w+)/g)) names.add(guard)
    for (const [, , alias = ''] of sql.matchAll(/(\)|from "?\w+"?) as (\w+)/g)) names.add(alias)
  }
  return names
}

afterAll(() => {
  const sent = backends?.sent ?? new Set<string>()
  const known = new Set([...Object.values(features).flat(), ...namesIn(sent)])
  const unknown = new Set([...sent].flatMap((sql) => wordsOf(sql).filter((word) => !known.has(word))))
  assert.deepEqual([...unknown], [], 'words of SQL that are in no feature of sql-features.ts')
  const page = readFileSync(new URL('../../../docs/databases.md', import.meta.url), 'utf8')
  for (const feature of Object.keys(features)) assert.ok(page.includes(feature), `docs/databases.md lacks ${feature}`)
})

describe('the PostgreSQL store conforms', () => {
  suite({ test: { describe, it }, factory, manifest: { parallelCallers: 30, writesBesideSnapshot: !isPglite } })
})
