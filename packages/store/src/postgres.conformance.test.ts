import { afterAll, beforeAll, describe, it } from 'vitest'
import { suite } from './conformance/index.ts'
import { serverPrograms } from './testing/postgres/cluster.ts'
import { clusterBackends, type PostgresBackends, pgliteBackends } from './testing/postgres/postgres-backend.ts'

const programs = serverPrograms()
const isPglite = 'missing' in programs || process.env.COUNTERSIGN_TEST_POSTGRES === 'pglite'
if (isPglite)
  console.log(
    `PostgreSQL is tested in WebAssembly, on one connection: ${'missing' in programs ? programs.missing : 'as asked'}`,
  )

let backends: PostgresBackends | undefined
beforeAll(async () => {
  backends = await (isPglite ? pgliteBackends() : clusterBackends())
})
afterAll(() => backends?.close())

const factory = () => {
  if (backends === undefined) throw new Error('there is no server yet')
  return backends.factory()
}

describe('the PostgreSQL store conforms', () => {
  suite({ test: { describe, it }, factory, manifest: { parallelCallers: 30, writesBesideSnapshot: !isPglite } })
})
