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
      project('console', 'apps/console'),
      project('workspace', 'scripts'),
      project('bench', 'bench'),
      project('campaigns', 'campaigns'),
      project('examples', 'examples'),
      project('proofs', 'proofs'),
    ],
  },
})
