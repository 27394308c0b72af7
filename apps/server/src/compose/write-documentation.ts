// Writes the generated tables of docs/configuration.md, docs/dialects.md, docs/errors.md, docs/logs.md and docs/metrics.md:
// node --conditions=countersign <this file>
import { readFileSync, writeFileSync } from 'node:fs'
import { withSettingsTable } from '../config/documentation.ts'
import { schemaOf } from '../config/schema.ts'
import { dialects } from '../dialects/registry.ts'
import { withAnswersTable } from '../errors/answers-table.ts'
import { withLogTables } from '../log/documentation.ts'
import { withMetrics } from '../operations/metrics-documentation.ts'
import { withDialectsTable } from './dialects-table.ts'
import { namedRenderers } from './error-renderers.ts'

const rewrite = (name: string, written: (page: string) => string) => {
  const page = new URL(`../../../../docs/${name}`, import.meta.url)
  writeFileSync(page, written(readFileSync(page, 'utf8')))
}

rewrite('configuration.md', (page) => withSettingsTable(page, schemaOf(dialects)))
const readmes = dialects.map(({ name }) => {
  const file = new URL(`../dialects/${name}/README.md`, import.meta.url)
  return { name, text: readFileSync(file, 'utf8') }
})
rewrite('dialects.md', (page) => withDialectsTable(page, readmes))
rewrite('errors.md', (page) => withAnswersTable(page, namedRenderers(dialects)))
rewrite('logs.md', withLogTables)
rewrite('metrics.md', withMetrics)
