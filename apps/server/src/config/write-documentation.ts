// Writes the table of settings into docs/configuration.md: node --conditions=countersign <this file>
import { readFileSync, writeFileSync } from 'node:fs'
import { dialects } from '../dialects/registry.ts'
import { withSettingsTable } from './documentation.ts'
import { schemaOf } from './schema.ts'

const page = new URL('../../../../docs/configuration.md', import.meta.url)
writeFileSync(page, withSettingsTable(readFileSync(page, 'utf8'), schemaOf(dialects)))
