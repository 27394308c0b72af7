import { describe, expect, it } from 'vitest'
import type { CaseResult } from '../comparison/compare.ts'
import { merged, runsOf } from './merge.ts'
import type { Report } from './report.ts'

const report = (date: string, names: readonly string[], measured: Report['measurements'] = {}): Report => ({
  format: 1,
  date,
  machine: { node: 'v24.0.0', cores: 2, processor: 'a processor', loadAverage: 1 },
  cases: names.map((name) => ({ name, connections: date.length, floors: [] }) as unknown as CaseResult),
  measurements: measured,
})

describe('several results as one', () => {
  const old = report('2026-01-01', ['refresh', 'login'], { growth: [] })
  const recent = report('2026-01-02T00:00', ['login', 'me'], { peers: [] })

  it('take what several have from the last, and keep the order', () => {
    const both = merged([old, recent])
    expect(both.cases?.map(({ name, connections }) => [name, connections])).toEqual([
      ['refresh', old.date.length],
      ['login', recent.date.length],
      ['me', recent.date.length],
    ])
    expect(both.measurements).toEqual({ growth: [], peers: [] })
  })

  it('tell which figures are of which run, also when they are merged again', () => {
    const both = merged([old, recent])
    const expected = [
      { of: ['refresh', 'growth'], date: old.date },
      { of: ['login', 'me', 'peers'], date: recent.date },
    ]
    expect(runsOf(both)).toMatchObject(expected)
    expect(runsOf(merged([both]))).toMatchObject(expected)
    expect(runsOf(merged([both, report('2026-01-03', ['refresh', 'login', 'me'], { growth: [] })]))).toMatchObject([
      { of: ['peers'], date: recent.date },
      { of: ['refresh', 'login', 'me', 'growth'], date: '2026-01-03' },
    ])
  })

  it('are refused where there is none', () => {
    expect(() => merged([])).toThrow('there is no result')
  })
})
