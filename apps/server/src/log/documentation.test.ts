import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { withLogTables } from './documentation.ts'
import { logEvents } from './log-events.ts'
import { admitFields, logFields } from './log-fields.ts'

const page = readFileSync(new URL('../../../../docs/logs.md', import.meta.url), 'utf8')

describe('docs/logs.md', () => {
  it('has the tables that the code says (else run src/compose/write-documentation.ts)', () => {
    expect(page).toBe(withLogTables(page))
  })

  it('shows examples that the log would write as they are', () => {
    for (const [name, { example }] of Object.entries(logFields)) {
      if (name !== 'error') expect(admitFields({ [name]: example }), name).toEqual({ [name]: example })
    }
  })

  it('says in whole sentences what each event means, and what to do if it is a warning or an error', () => {
    for (const [name, { levels, meaning, advice }] of Object.entries(logEvents)) {
      expect(meaning, name).toMatch(/^[A-Z].*[.?]$/)
      const isTrouble = (levels as readonly string[]).some((level) => level === 'warn' || level === 'error')
      if (isTrouble) expect(advice, name).toMatch(/[.)]$/)
    }
  })

  it('refuses a page without its marks', () => {
    expect(() => withLogTables('nothing')).toThrow('marks')
  })
})
