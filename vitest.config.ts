import { globSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './scripts/longest-first.ts'
import { SummaryReporter } from './scripts/report.ts'

// The workers, and the programs that tests start, load what an earlier one has compiled.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '.cache/compiled')

const conditions = ['countersign', 'module', 'node', 'development|production']
const project = (name: string, root: string) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name,
    root,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'test/**/*.e2e.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

/** Tests of the server that also run on two instances, where a PostgreSQL server is installed. */
const onInstances = ['test/security/revocation.test.ts', 'test/security/ending-sessions.test.ts']
/** What CI runs on PostgreSQL of the proofs that have an issuer: one watches statements, and one has a database that fails. */
const onServerInCi = ['comparison-time', 'revocation', 'single-owner']
/** All of them. */
const proofsOfIssuers = [
  ...onServerInCi,
  ...['client-authentication', 'effects', 'gates', 'introspection', 'invariants', 'key-rotation', 'login', 'passwords'],
  ...['refresh', 'secrets-at-rest', 'standing', 'survival', 'survival-at-apis'],
]
const isInstalled = globSync('/usr/lib/postgresql/*/bin/initdb').length > 0
if (!isInstalled) console.log('no tests on several instances: no PostgreSQL server here (Debian: postgresql)')
const instances = isInstalled ? [onServer(), proofsOnServer()] : []

function onServer() {
  const { test, ...rest } = project('instances', 'apps/server')
  const include =
    process.env.COUNTERSIGN_TEST_INSTANCES === 'all' || process.env.COUNTERSIGN_WHOLE === 'database'
      ? ['test/**/*.test.ts']
      : onInstances
  return { ...rest, test: { ...test, include, setupFiles: ['test/instances/setup.ts'] } }
}

/** The proofs that have an issuer, which then keeps everything on a PostgreSQL server. */
function proofsOnServer() {
  const { test, ...rest } = project('proofs-on-server', 'proofs')
  const names = process.env.COUNTERSIGN_WHOLE === 'database' ? proofsOfIssuers : onServerInCi
  const include = names.map((name) => `src/${name}.test.ts`)
  return { ...rest, test: { ...test, include, setupFiles: ['src/on-postgres.ts'], testTimeout: 120_000 } }
}

export default defineConfig({
  test: {
    // Several files at once even on two cores: many of them wait for processes of their own.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    globalSetup: ['scripts/temporary-folder.ts'],
    reporters: ['default', new SummaryReporter()],
    projects: [
      project('core', 'packages/core'),
      project('store', 'packages/store'),
      project('resources', 'packages/resources'),
      project('client', 'packages/client'),
      project('verifier', 'packages/verifier'),
      project('testing', 'packages/testing'),
      project('server', 'apps/server'),
      ...instances,
      project('console', 'apps/console'),
      project('workspace', 'scripts'),
      project('bench', 'bench'),
      project('campaigns', 'campaigns'),
      project('examples', 'examples'),
      project('proofs', 'proofs'),
    ],
  },
})
