// Collects what each dialect's folder says of itself to the tests of all operations.
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DialectTests } from './dialect-tests.ts'

const folder = new URL('../src/dialects/', import.meta.url)
const files = globSync('*/testing/dialect-tests.ts', { cwd: fileURLToPath(folder) }).sort()

export const dialectTests: readonly DialectTests[] = await Promise.all(
  files.map(async (file) => (await import(new URL(file, folder).href)).dialectTests as DialectTests),
)

/** One table of all dialects' tables. */
export const ofDialects = <Table extends object>(tableOf: (tests: DialectTests) => Table | undefined): Table =>
  Object.assign({}, ...dialectTests.map(tableOf))
