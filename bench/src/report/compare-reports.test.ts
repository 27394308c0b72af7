import { describe, expect, it } from 'vitest'
import type { CaseResult } from '../comparison/compare.ts'
import type { RoundResult, SideResult } from '../comparison/side-result.ts'
import { differences, renderDifferences } from './compare-reports.ts'
import { parseReport, type Report } from './report.ts'

const side = (rates: readonly number[]): SideResult => {
  const rounds: RoundResult[] = rates.map((requestsPerSecond) => ({
    requestsPerSecond,
    p50Milliseconds: 1,
    p99Milliseconds: 10_000 / requestsPerSecond,
    cpuMicrosecondsPerRequest: null,
  }))
  return {
    answers: 1,
    failures: 0,
    firstFailure: null,
    requestsPerSecond: 1,
    p50Milliseconds: 1,
    p99Milliseconds: 1,
    cpuMicrosecondsPerRequest: null,
    generatorBusy: 0.5,
    rounds,
  }
}

const caseOf = (name: string, ours: readonly number[], floor: readonly number[]): CaseResult => ({
  name,
  connections: 16,
  ours: side(ours),
  floors: [{ ...side(floor), does: 'the least', ratio: 1, ratios: [], cpuRatio: null }],
})

const report = (cases: readonly CaseResult[], processor = 'a processor'): Report => ({
  format: 1,
  date: '2026-01-02T03:04:05.000Z',
  machine: { node: 'v24.0.0', cores: 2, processor, loadAverage: 1 },
  cases,
  measurements: {},
})

const floor = [1000, 1100, 900, 1000]
const before = report([
  caseOf('refresh', [500, 550, 450, 501], floor),
  caseOf('login', [10, 11, 9, 10], [10, 10, 10, 10]),
])

describe('the comparison of two runs', () => {
  it('tells an effect from noise, though the machine was slower in the second run', () => {
    const slower = floor.map((rate) => rate / 3)
    const after = report([
      caseOf('refresh', [200, 221, 180, 201], slower),
      caseOf('login', [9, 12, 10, 9], [10, 10, 10, 10]),
    ])
    const found = differences(before, after).filter(({ figure }) => figure.startsWith('requests'))
    expect(found.map(({ name }) => name)).toEqual(['refresh', 'login'])
    expect(found[0]?.change?.estimate).toBeCloseTo(1.2, 2)
    expect(renderDifferences(before, after)).toMatch(/^refresh +requests.* \+20\.\d %.* better$/m)
    expect(renderDifferences(before, after)).toMatch(/^refresh +p99.* −16\.\d %.* better$/m)
    expect(renderDifferences(before, after)).toMatch(/^login +requests.*not told from noise$/m)
    expect(renderDifferences(after, before)).toMatch(/^refresh +requests.*worse$/m)
  })

  it('leaves out what only one of the runs has, and what the system did not report', () => {
    expect(
      differences(before, report([caseOf('refresh', [500, 500], [1000, 1000])])).map(({ name, figure }) => [
        name,
        figure,
      ]),
    ).toEqual([
      ['refresh', 'requests/s by the floor’s'],
      ['refresh', 'p99 by the floor’s'],
    ])
    expect(renderDifferences(before, report([]))).toBe('The two results have no operation in common.')
  })

  it('says so if the machines differ', () => {
    expect(renderDifferences(before, before)).not.toContain('differ.')
    expect(renderDifferences(before, report(before.cases ?? [], 'another'))).toContain('The machines differ.')
  })
})

describe('a result of --json', () => {
  it('is refused by its name if it is something else', () => {
    expect(parseReport('a.json', JSON.stringify(before))).toEqual(before)
    expect(() => parseReport('a.json', '{')).toThrow('a.json is not JSON')
    expect(() => parseReport('a.json', '{}')).toThrow('a.json is no result of pnpm bench --json')
    expect(() => parseReport('a.json', '{"format":2}')).toThrow('a.json has the format 2; this version reads 1')
  })
})
