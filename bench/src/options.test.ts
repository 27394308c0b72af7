import { describe, expect, it } from 'vitest'
import { caseNames, usualCaseNames } from './comparison/bench-case.ts'
import { isMeasurement, measurements } from './measurements.ts'
import { help, readTask } from './options.ts'

const read = (...words: string[]) => readTask(words, () => {})

describe('the options of pnpm bench', () => {
  it('select the usual operations, some, or all', () => {
    expect(read()).toMatchObject({ kind: 'run', cases: usualCaseNames, measurements: [], json: false })
    expect(read('--', '--only', 'me,issue')).toMatchObject({ cases: ['issue-opaque', 'issue-jwt', 'me'] })
    expect(read('--only', 'verify')).toMatchObject({ cases: [], measurements: ['verify'] })
    const all = Object.keys(measurements).filter((name) => isMeasurement(name) && measurements[name].inAll)
    expect(read('--all')).toMatchObject({ cases: caseNames, measurements: all })
  })

  it('write JSON to standard output or to a file', () => {
    expect(read('--json', '--seconds', '2')).toMatchObject({ json: true, options: { seconds: 2 } })
    expect(read('--json', 'a.json', '--seconds', '2')).toMatchObject({ json: 'a.json', options: { seconds: 2 } })
    expect(read('--json')).toMatchObject({ json: true })
  })

  it('choose the database of both sides', () => {
    expect(read()).toMatchObject({ options: { database: undefined } })
    expect(read('--postgres', '--only', 'refresh,latency')).toMatchObject({ options: { database: 'own' } })
    const url = 'postgres://me@/countersign?host=/run/postgresql'
    expect(read('--database-url', url)).toMatchObject({ options: { database: { url } } })
  })

  it('compare two results', () => {
    expect(read('--compare', 'a.json', 'b.json')).toEqual({ kind: 'compare', files: ['a.json', 'b.json'] })
    expect(read('--page', 'a.json')).toEqual({ kind: 'page', files: ['a.json'] })
  })

  it.each([
    [['--only', 'nothing'], 'there is no operation nothing'],
    [['--only', 'me', '--all'], '--all and --only exclude each other'],
    [['--seconds', 'many'], '--seconds must be a number above 0'],
    [['--compare', 'a.json'], '--compare needs two files'],
    [['--postgres', '--database-url', 'postgres://h/d'], 'exclude each other'],
    [['--database-url', 'postgres://me:hunter2@h/d'], 'must not contain a password'],
    [['--database-url', 'postgres://h/d?password=hunter2'], 'must not contain a password'],
    [['--postgres', '--only', 'growth'], 'growth is measured on SQLite alone'],
    [['--page'], '--page needs a file'],
    [['a.json'], 'unexpected argument a.json'],
    [['--unknown'], "Unknown option '--unknown'"],
  ])('are refused: %j', (words, message) => {
    expect(() => read(...words)).toThrow(message)
  })

  it('are all in the help text, as is every name', () => {
    for (const name of [...caseNames, ...Object.keys(measurements)]) expect(help).toContain(name)
    expect(help.split('\n').every((line) => line.length <= 128)).toBe(true)
  })
})
