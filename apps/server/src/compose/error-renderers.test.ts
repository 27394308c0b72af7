import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dialects } from '../dialects/registry.ts'
import { withAnswersTable } from '../errors/answers-table.ts'
import { namedRenderers } from './error-renderers.ts'

const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8')

describe('docs/errors.md', () => {
  it('has the answer of every renderer to every code (else run src/compose/write-documentation.ts)', () => {
    expect(page).toBe(withAnswersTable(page, namedRenderers(dialects)))
  })

  it('cannot be compared without its marks', () => {
    expect(() => withAnswersTable('nothing', {})).toThrow('marks')
  })
})
