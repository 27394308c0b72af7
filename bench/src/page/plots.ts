// The plots of docs/performance.md, by their file names.

import type { MixLatency } from '../latency/open-loop.ts'
import { millisecondsAt, shares } from '../latency/percentiles.ts'
import type { Report } from '../report/report.ts'
import { type Bar, bars } from './bars.ts'
import { goalOf, intervalOf } from './goals.ts'
import { type Axis, type Line, panels } from './lines.ts'
import { colours } from './svg.ts'

export function plots(report: Report): ReadonlyMap<string, string> {
  const { latency = [], mixed = [], growth = [], peers = [] } = report.measurements
  const found = new Map<string, string>()
  const ratios = (report.cases ?? []).flatMap(({ name, floors }) =>
    floors.map((floor, at): Bar => {
      const { low, high } = intervalOf(floor)
      const label = floors.length > 1 ? `${name}, floor ${at + 1}` : name
      return { label, value: floor.ratio, low, high, goal: goalOf(name, at) }
    }),
  )
  if (ratios.length > 0) found.set('ratios.svg', bars('Requests a second, by the floor’s', 'red: the goal', ratios))
  if (latency.length > 0) found.set('latency.svg', latencyPlot('Latency by a schedule', latency))
  if (mixed.length > 0) found.set('mixed.svg', latencyPlot('Latency of a mix by a schedule', perPart(mixed)))
  if (growth.length > 0) found.set('growth.svg', growthPlot(growth))
  const beside = peers.flatMap(({ name, cases }) =>
    cases.flatMap(({ name: operation, floors: [theirs] }): readonly Bar[] => {
      if (!theirs) return []
      const { low, high } = intervalOf(theirs)
      return [{ label: `${operation}, ${name}`, value: theirs.ratio, low, high, goal: 1 }]
    }),
  )
  if (beside.length > 0)
    found.set('peers.svg', bars('Requests a second, by the peer’s', 'red: as fast as the peer', beside))
  return found
}

/** A mix as one panel for each of its parts. */
const perPart = (mixes: readonly MixLatency[]): readonly MixLatency[] =>
  mixes.flatMap((mix) =>
    mix.parts.map((part, at) => ({
      name: `${part.operation}, ${part.share} %`,
      parts: [part],
      sides: mix.sides.map((side) => ({
        ...side,
        loads: side.loads.map((load) => ({ ...load, parts: load.parts.slice(at, at + 1) })),
      })),
    })),
  )

/** How rare a slower request is. */
const rarity: Axis = {
  title: 'share of the requests that were faster',
  ticks: [
    { at: 2, label: '50 %' },
    { at: 10, label: '90 %' },
    { at: 100, label: '99 %' },
    { at: 1000, label: '99.9 %' },
  ],
}

function latencyPlot(title: string, mixes: readonly MixLatency[]): string {
  const all = mixes.map(({ name, sides }) => ({
    title: name,
    lines: sides.flatMap(({ side, loads }) =>
      loads.map(({ ofCapacity, parts: [latency] }): Line => {
        const points = shares
          .filter((share) => share >= 0.5 && share < 1)
          .map((share) => ({ x: 1 / (1 - share), y: latency ? millisecondsAt(latency, share) : 0 }))
        const colour = side === 'floor' ? colours.floor : colours.ours
        return { name: `${side}, ${ofCapacity * 100} % of capacity`, colour, dashed: ofCapacity < 0.8, points }
      }),
    ),
  }))
  return panels(title, rarity, 'ms', all)
}

function growthPlot(sizes: NonNullable<Report['measurements']['growth']>): string {
  const names = sizes[0]?.operations.map(({ name }) => name) ?? []
  const ticks = sizes.map(({ rows }) => ({ at: rows, label: rows.toLocaleString('en') }))
  const lineOf = (name: string, colour: string, at: (size: (typeof sizes)[number]) => number): Line => ({
    name,
    colour,
    dashed: false,
    points: sizes.map((size) => ({ x: size.rows, y: at(size) })),
  })
  const ofOperation = names.map((name, at) => ({
    title: `${name}: p99`,
    lines: [
      lineOf('measured', colours.ours, ({ operations }) => {
        const latency = operations[at]?.latency
        return latency ? millisecondsAt(latency, 0.99) : 0
      }),
    ],
  }))
  return panels(
    'Latency by the number of rows',
    { title: 'sessions, and as many audit rows', ticks },
    'ms',
    ofOperation,
  )
}
