import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './scripts/report.ts'

const conditions = ['countersign', 'module', 'node', 'development|production']
const project = (name: string, root: string) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name, root, include: ['src/**/*.test.ts', 'test/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
})

export default defineConfig({
  test: {
    // Several files at once even on two cores: many of them wait for processes of their own.
    maxWorkers: 3,
    reporters: ['default', new SummaryReporter()],
    projects: [
      project('core', 'packages/core'),
      project('store', 'packages/store'),
      project('resources', 'packages/resources'),
      project('client', 'packages/client'),
      project('server', 'apps/server'),
      project('workspace', 'scripts'),
      project('bench', 'bench'),
      project('campaigns', 'campaigns'),
      project('examples', 'examples'),
      project('proofs', 'proofs'),
    ],
  },
})
