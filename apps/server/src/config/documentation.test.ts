import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dialects } from '../dialects/registry.ts'
import { settingsHelp, withSettingsTable } from './documentation.ts'
import { schemaOf } from './schema.ts'

const schema = schemaOf(dialects)
const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8')

describe('docs/configuration.md', () => {
  it('has the table that the schema says (else run src/compose/write-documentation.ts)', () => {
    expect(page).toBe(withSettingsTable(page, schema))
  })

  it('gives every setting a unit where it counts something, a default and a reason', () => {
    for (const { key, setting } of schema) {
      expect(setting.fallback !== undefined || setting.fallbackWords !== undefined, key).toBe(true)
      expect(setting.reason, key).toMatch(/^[A-Z].*[.]$/)
      if (/Seconds$|Kib$/.test(key)) expect(setting.unit, key).toBeDefined()
    }
  })

  it('refuses a page without its marks', () => {
    expect(() => withSettingsTable('nothing', schema)).toThrow('marks')
  })
})

describe('--help', () => {
  it('names every setting', () => {
    const help = settingsHelp(schema)
    for (const { flag } of schema) expect(help).toContain(`--${flag}`)
  })
})
