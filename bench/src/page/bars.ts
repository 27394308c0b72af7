import { colours, element, linear, picture, text } from './svg.ts'

export interface Bar {
  readonly label: string
  readonly value: number
  /** Where the value may be. */
  readonly low: number
  readonly high: number
  /** A mark beside the bar: what it should reach. */
  readonly goal?: number | undefined
}

const width = 760
const left = 250
const right = 60
const rowHeight = 24
const top = 48

/** Horizontal bars with their intervals. */
export function bars(title: string, unit: string, rows: readonly Bar[]): string {
  const most = Math.max(1, ...rows.flatMap(({ value, goal = 0 }) => [value * 1.05, goal * 1.05]))
  const x = linear(0, most, left, width - right)
  const bottom = top + rows.length * rowHeight
  const step = most > 12 ? 5 : most > 4 ? 1 : most > 2 ? 0.5 : 0.25
  const ticks = Array.from({ length: Math.floor(most / step) + 1 }, (_, at) => at * step)
  const clipped = (value: number) => x(Math.min(Math.max(value, 0), most))
  return picture(title, width, bottom + 40, [
    ...ticks.flatMap((tick) => [
      element('line', { x1: x(tick), x2: x(tick), y1: top - 6, y2: bottom, stroke: colours.grid }),
      text(x(tick), bottom + 16, `${tick}`, { 'text-anchor': 'middle' }),
    ]),
    text(width - right, bottom + 32, unit, { 'text-anchor': 'end' }),
    ...rows.flatMap(({ label, value, low, high, goal }, at) => {
      const y = top + at * rowHeight
      const middle = y + rowHeight / 2 - 2
      return [
        text(left - 8, middle + 4, label, { 'text-anchor': 'end' }),
        element('rect', { x: left, y, width: clipped(value) - left, height: rowHeight - 6, fill: colours.ours }),
        element('line', { x1: clipped(low), x2: clipped(high), y1: middle, y2: middle, stroke: colours.ink }),
        ...(goal === undefined
          ? []
          : [
              element('line', {
                x1: x(goal),
                x2: x(goal),
                y1: y - 2,
                y2: y + rowHeight - 4,
                stroke: colours.mark,
                'stroke-width': 2,
              }),
            ]),
        text(
          Math.max(clipped(value), clipped(high), goal === undefined ? 0 : x(goal)) + 6,
          middle + 4,
          value.toPrecision(2),
        ),
      ]
    }),
  ])
}
