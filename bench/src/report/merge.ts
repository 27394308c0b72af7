import type { Report, Run } from './report.ts'

/** What was measured together. */
export const runsOf = ({ runs, cases = [], measurements, date, machine, pace }: Report): readonly Run[] =>
  runs ?? [{ of: [...cases.map(({ name }) => name), ...Object.keys(measurements)], date, machine, pace }]

/**
 * One report of several. Of what several have, the last one's figures are taken. Each figure keeps the day and the machine of its
 * run.
 */
export function merged(reports: readonly Report[]): Report {
  const [first, ...others] = reports
  if (!first) throw new TypeError('there is no result')
  return others.reduce(both, { ...first, runs: runsOf(first) })
}

function both(one: Report, other: Report): Report {
  const newer = new Set(runsOf(other).flatMap(({ of }) => of))
  const kept = runsOf(one)
    .map((run) => ({ ...run, of: run.of.filter((name) => !newer.has(name)) }))
    .filter(({ of }) => of.length > 0)
  const again = new Map((other.cases ?? []).map((found) => [found.name, found]))
  const cases = [...(one.cases ?? []).map((found) => again.get(found.name) ?? found)]
  const known = new Set(cases.map(({ name }) => name))
  return {
    ...one,
    ...other,
    cases: [...cases, ...[...again.values()].filter(({ name }) => !known.has(name))],
    measurements: { ...one.measurements, ...other.measurements },
    runs: [...kept, ...runsOf(other)],
  }
}
