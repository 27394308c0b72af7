import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { casesInTitles, fillDocument, titledFiles } from '../coverage-map.ts'

const repository = resolve(import.meta.dirname, '../..')
const titled = (number: number) => `N-${String(number).padStart(3, '0')}`

describe('the map of numbered cases', () => {
  it('reads titles and their tables, not comments or bodies', () => {
    const source = `
      // ${titled(1)}
      describe('${titled(2)} a group', () => {
        it('${titled(3)} ${titled(4)} holds', () => expect('${titled(5)}').toBe(1))
        it.each([['${titled(6)} a row']])('%s', () => {})
        test.it(\`${titled(7)} in a suite\`, () => {})
        told('${titled(8)}')
      })`
    expect(casesInTitles(source)).toEqual(['002', '003', '004', '006', '007'])
  })

  it('refuses a number that is in no list', () => {
    expect(() => fillDocument('## A\n| 001 | x | |', [{ name: 'a', cases: ['999'] }])).toThrow(/N-999/)
  })

  it('counts what is covered and names the files', () => {
    const files = [{ name: 'a', cases: ['001', '001'] }]
    const { text } = fillDocument('## A (0 of 0)\n| 001 | x | `old` |\n| 002 | y | |', files)
    expect(text).toBe('## A (1 of 2)\n| 001 | x | `a` |\n| 002 | y | |')
  })

  it('is what docs/security-coverage.md says (else: node scripts/coverage-map.ts --write)', () => {
    const document = readFileSync(join(repository, 'docs/security-coverage.md'), 'utf8')
    expect(document).toBe(fillDocument(document, titledFiles(repository)).text)
  })

  it('names one file for each case; one in each dialect’s folder where a case has its home there', () => {
    const byCase = new Map<string, Set<string>>()
    for (const { name, cases } of titledFiles(repository)) {
      for (const number of cases) byCase.set(number, (byCase.get(number) ?? new Set()).add(name))
    }
    const several = [...byCase]
      .filter(([, names]) => names.size > 1 && ![...names].every((name) => name.startsWith('server/dialects/')))
      .map(([number, names]) => `${titled(Number(number))}: ${[...names].join(', ')}`)
    expect(byCase.size).toBeGreaterThan(390)
    expect(several).toEqual([])
  })
})
