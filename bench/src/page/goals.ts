// The goals, and how near the figures are.
import type { CaseName } from '../comparison/bench-case.ts'
import type { CaseResult, FloorResult } from '../comparison/compare.ts'
import { median } from '../comparison/side-result.ts'
import type { Accompanied } from '../latency/beside.ts'
import { millisecondsAt } from '../latency/percentiles.ts'
import type { Report } from '../report/report.ts'
import { pairedChange } from '../report/statistics.ts'

export interface GoalRow {
  readonly name: string
  readonly goal: string
  readonly measured: string
  readonly reached: boolean
}

/** Of an operation to one of its floors, in their order. */
const ratios: Readonly<Record<CaseName, readonly number[]>> = {
  'introspect-opaque': [0.65],
  'introspect-jwt': [0.65],
  'issue-opaque': [0.5, 1.3],
  'issue-jwt': [0.7],
  refresh: [0.6, 0.75],
  login: [0.95, 0.95],
  revoke: [0.55],
  me: [0.55],
  'forward-auth': [0.55],
  'cikit-refresh': [0.55],
  'efa-validate': [0.55],
  'efa-refresh': [0.55],
  'insight-list': [0.55],
  'lyve-issue': [0.55],
  'lyve-remaining': [0.55],
  'manifold-refresh': [0.55],
}

export const goalOf = (name: string, floor: number): number | undefined => ratios[name as CaseName]?.[floor]

export const intervalOf = ({ ratio, ratios: rounds }: FloorResult) =>
  pairedChange(rounds) ?? { low: ratio, high: ratio }

/** A row for each ratio to a floor. */
export const ratioRows = ({ cases = [] }: Report): readonly GoalRow[] =>
  cases.flatMap((one: CaseResult) =>
    one.floors.map((floor, at) => {
      const goal = goalOf(one.name, at)
      const { low, high } = intervalOf(floor)
      const cpu = floor.cpuRatio === null ? '' : `; ${floor.cpuRatio.toFixed(2)} by CPU time`
      return {
        name: `${one.name}, to: ${floor.does}`,
        goal: goal === undefined ? '–' : `≥ ${goal}`,
        measured: `${floor.ratio.toFixed(2)} (${low.toFixed(2)} … ${high.toFixed(2)}${cpu})`,
        reached: goal !== undefined && floor.ratio >= goal,
      }
    }),
  )

/** Rows for what is not a ratio of throughputs. */
export function otherRows(report: Report): readonly GoalRow[] {
  return [...besideRows(report), ...weightRows(report), ...growthRows(report)]
}

const atMost = (name: string, value: number, limit: number, goal: string, measured: string): GoalRow => ({
  name,
  goal,
  measured,
  reached: value <= limit,
})

function besideRows({ measurements: { beside } }: Report): readonly GoalRow[] {
  const loadOf = (side: 'countersign' | 'floor', what: Accompanied['beside']) =>
    beside?.sides.find((one) => one.side === side)?.loads.find((load) => load.beside === what)
  const alone = loadOf('countersign', 'alone')
  const floor = loadOf('floor', 'alone')
  const logins = loadOf('countersign', 'logins')
  if (!alone || !floor || !logins) return []
  const p99 = ({ introspection }: Accompanied) => `${millisecondsAt(introspection, 0.99).toFixed(1)} ms`
  const by = (one: Accompanied, other: Accompanied) =>
    median(
      one.introspection.p99OfRounds.map((value, round) => value / (other.introspection.p99OfRounds[round] ?? value)),
    )
  const [toFloor, toAlone] = [by(alone, floor), by(logins, alone)]
  const written = (['refreshes', 'rows of another process'] as const).flatMap((what): readonly GoalRow[] => {
    const load = loadOf('countersign', what)
    const [name, goal] = [`introspect beside 200 ${what} a second, to alone`, '≥ 0.95']
    return load ? [{ name, goal, measured: load.ratio.toFixed(2), reached: load.ratio >= 0.95 }] : []
  })
  return [
    atMost(
      'introspect’s p99, to the floor’s',
      toFloor,
      2,
      '≤ 2',
      `${toFloor.toFixed(1)} (${p99(alone)} to ${p99(floor)})`,
    ),
    atMost(
      'introspect’s p99 beside logins, to alone',
      toAlone,
      2,
      '≤ 2',
      `${toAlone.toFixed(1)} (${p99(logins)} to ${p99(alone)})`,
    ),
    ...written,
  ]
}

function weightRows({ ours, floor }: Report): readonly GoalRow[] {
  if (!ours || !floor) return []
  const start = ours.coldStart.medianMilliseconds
  const theirs = floor.coldStart.medianMilliseconds
  const mebibytes = (name: string, limit: number, mine: number | null, other: number | null): readonly GoalRow[] => {
    if (mine === null || other === null) return []
    const [is, its] = [mine / 1024 / 1024, other / 1024 / 1024]
    return [atMost(name, is, limit, `≤ ${limit} MiB`, `${is.toFixed(0)} MiB (floor ${its.toFixed(0)} MiB)`)]
  }
  return [
    atMost('cold start', start, 250, '≤ 250 ms', `${start.toFixed(0)} ms (floor ${theirs.toFixed(0)} ms)`),
    ...mebibytes('memory idle', 90, ours.idleBytes, floor.idleBytes),
    ...mebibytes('memory after load', 220, ours.loadedBytes, floor.loadedBytes),
  ]
}

function growthRows({ measurements: { growth = [] } }: Report): readonly GoalRow[] {
  const largest = growth.at(-1)
  if (!largest) return []
  const worst = Math.max(...largest.operations.map(({ p99Ratio }) => p99Ratio))
  const { quiet, removal, auditExport } = largest.stalls
  const slowest = (during: typeof quiet) => millisecondsAt(during.introspection, 1)
  const both = Math.max(slowest(removal), slowest(auditExport))
  const rows = `${largest.rows.toLocaleString('en')} rows`
  return [
    atMost(
      `${rows}: p99, to 1,000 rows`,
      worst,
      1.2,
      '≤ 1.2',
      `${worst.toFixed(2)} (the worst of ${largest.operations.length} operations)`,
    ),
    atMost(
      `${rows}: slowest request while rows are removed, and exported`,
      both,
      20,
      '≤ 20 ms',
      `${slowest(removal).toFixed(0)} and ${slowest(auditExport).toFixed(0)} ms (${slowest(quiet).toFixed(0)} ms while nothing else happens)`,
    ),
  ]
}
