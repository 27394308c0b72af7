import { colours, decades, element, logarithmic, picture, type Scale, text } from './svg.ts'

export interface Line {
  readonly name: string
  readonly colour: string
  readonly dashed: boolean
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

export interface Panel {
  readonly title: string
  readonly lines: readonly Line[]
}

export interface Axis {
  readonly title: string
  /** Values with their words. */
  readonly ticks: readonly { readonly at: number; readonly label: string }[]
}

const panelWidth = 350
const panelHeight = 230
const legendStep = 172
const margin = { left: 56, right: 18, top: 30, bottom: 46 }

/** Panels of lines on logarithmic axes, two in a row. All have the same axes, so that they can be compared. */
export function panels(title: string, across: Axis, up: string, all: readonly Panel[]): string {
  const values = all
    .flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(({ y }) => y)))
    .filter((y) => y > 0)
  const upTicks = decades(Math.min(...values), Math.max(...values))
  const [first, last] = [across.ticks[0]?.at ?? 1, across.ticks.at(-1)?.at ?? 10]
  const rows = Math.ceil(all.length / 2)
  const columns = Math.min(2, all.length)
  const legend = all[0]?.lines ?? []
  const height = 40 + rows * panelHeight + 24
  return picture(title, columns * panelWidth, height, [
    ...all.map((panel, at) => {
      const place = { left: (at % 2) * panelWidth, top: 34 + Math.floor(at / 2) * panelHeight }
      const inner = {
        left: place.left + margin.left,
        right: place.left + panelWidth - margin.right,
        top: place.top + margin.top,
        bottom: place.top + panelHeight - margin.bottom,
      }
      const x = logarithmic(first, last, inner.left, inner.right)
      const y = logarithmic(upTicks[0] ?? 1, upTicks.at(-1) ?? 10, inner.bottom, inner.top)
      return [
        text(inner.left, place.top + 20, panel.title, { 'font-weight': 600 }),
        ...across.ticks.flatMap(({ at: tick, label }) => [
          element('line', { x1: x(tick), x2: x(tick), y1: inner.top, y2: inner.bottom, stroke: colours.grid }),
          text(x(tick), inner.bottom + 16, label, { 'text-anchor': 'middle', 'font-size': 11 }),
        ]),
        ...upTicks.flatMap((tick) => [
          element('line', { x1: inner.left, x2: inner.right, y1: y(tick), y2: y(tick), stroke: colours.grid }),
          text(inner.left - 6, y(tick) + 4, `${tick < 1 ? tick : tick.toFixed(0)}`, {
            'text-anchor': 'end',
            'font-size': 11,
          }),
        ]),
        text(inner.right, inner.bottom + 32, across.title, { 'text-anchor': 'end', 'font-size': 11 }),
        text(inner.left - 6, inner.top - 10, up, { 'text-anchor': 'end', 'font-size': 11 }),
        ...panel.lines.map((line) => drawn(line, x, y)),
      ].join('\n')
    }),
    ...legend.flatMap(({ name, colour, dashed }, at) => [
      element('line', {
        x1: 16 + at * 165,
        x2: 40 + at * 165,
        y1: height - 14,
        y2: height - 14,
        ...stroke(colour, dashed),
      }),
      text(37 + at * legendStep, height - 10, name, { 'font-size': 11 }),
    ]),
  ])
}

const stroke = (colour: string, dashed: boolean) => ({
  stroke: colour,
  'stroke-width': 2,
  fill: 'none',
  ...(dashed ? { 'stroke-dasharray': '5 4' } : {}),
})

const drawn = ({ points, colour, dashed }: Line, x: Scale, y: Scale): string => {
  const coordinates = points
    .filter((point) => point.x > 0 && point.y > 0)
    .map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`)
  return element('polyline', { points: coordinates.join(' '), ...stroke(colour, dashed) })
}
