// Writes the table of settings into docs/configuration.md: node --conditions=countersign <this file>
import { readFileSync, writeFileSync } from 'node:fs'
import { withSettingsTable } from '../config/documentation.ts'
import { schemaOf } from '../config/schema.ts'
import { dialects } from '../dialects/registry.ts'

const page = new URL('../../../../docs/configuration.md', import.meta.url)
writeFileSync(page, withSettingsTable(readFileSync(page, 'utf8'), schemaOf(dialects)))
