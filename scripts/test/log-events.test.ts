// What docs/logs.md says by hand, compared with the sources. The tables of fields and events are generated.
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const repository = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const page = read('docs/logs.md')
const sources = globSync('{apps/server,packages/core}/src/**/*.ts', { cwd: repository })
  .filter((path) => !path.includes('.test.'))
  .map(read)

/** The words in backticks that begin the rows of a chapter. */
function rowsOf(chapter: string): string[] {
  const [, after = ''] = page.split(new RegExp(`^#+ ${chapter}$`, 'm'))
  const [body = ''] = after.split(/^#+ /m)
  const cells = [...body.matchAll(/^\| (`[^|]*) \|.*\n(?!\|---)/gm)].map(([, cell = '']) => cell)
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word))
}

const found = (pattern: RegExp) => [
  ...new Set(sources.flatMap((source) => [...source.matchAll(pattern)].map(([, word = '']) => word))),
]

describe('docs/logs.md', () => {
  it('has every action of the audit trail, and no other', () => {
    const union = /type AuditAction =([\s|'\w]+?)\n\n/.exec(read('packages/core/src/model/audit-event.ts'))?.[1] ?? ''
    const actions = [...union.matchAll(/'(\w+)'/g)].map(([, action]) => action)
    expect(actions.length).toBeGreaterThan(30)
    const members = ['sequence', 'at', 'action', 'actor', 'subject', 'authorization_id', 'client_id', 'dialect']
    const documented = rowsOf('The audit trail').filter(
      (word) => ![...members, 'address', 'request_id', 'detail'].includes(word),
    )
    expect(documented.sort()).toEqual(actions.sort())
  })

  it('has every background task, and no other', () => {
    const tasks = found(/[tT]asks\.every\(\s*[^,]+,\s*'(\w+)'/g)
    expect(tasks.length).toBeGreaterThan(5)
    expect(rowsOf('Background tasks').sort()).toEqual(tasks.sort())
  })

  it('has every outcome that a refused request may have', () => {
    const outcomes = found(/AuthError\('\w+', \{ outcome: '(\w+)'/g)
    expect(outcomes.length).toBeGreaterThan(1)
    for (const outcome of outcomes) expect(rowsOf('Requests'), outcome).toContain(outcome)
  })

  it('names error codes that exist', () => {
    const codes = new Set([...read('docs/errors.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code))
    const outcomes = new Set(found(/AuthError\('\w+', \{ outcome: '(\w+)'/g))
    expect(rowsOf('Requests').filter((word) => !codes.has(word) && !outcomes.has(word))).toEqual([])
  })
})
