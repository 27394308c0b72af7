// Plots as SVG text: what a page of Markdown can show without a script. The same figures give the same bytes.

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => escapes[character] ?? '')

type Attributes = Readonly<Record<string, string | number>>

/** An element. Coordinates are rounded to a tenth of a pixel. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const words = Object.entries(attributes).map(([key, value]) => {
    const text = typeof value === 'number' ? `${Math.round(value * 10) / 10}` : value
    return ` ${key}="${escaped(text)}"`
  })
  return children.length === 0
    ? `<${name}${words.join('')}/>`
    : `<${name}${words.join('')}>${children.join('')}</${name}>`
}

export const text = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, escaped(content))

export const colours = { ours: '#2563a8', floor: '#c2701c', grid: '#d8dde3', ink: '#24292f', mark: '#b42318' } as const

/** A whole picture, on white, since a page may be dark. */
export const picture = (title: string, width: number, height: number, parts: readonly string[]): string =>
  `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'font-family': 'system-ui, sans-serif',
      'font-size': 12,
      fill: colours.ink,
    },
    element('title', {}, escaped(title)),
    element('rect', { width, height, fill: '#ffffff' }),
    text(16, 24, title, { 'font-size': 15, 'font-weight': 600 }),
    ...parts.map((part) => `\n${part}`),
  )}\n`

/** Maps a range of values to pixels. */
export type Scale = (value: number) => number

export const linear =
  (from: number, to: number, start: number, end: number): Scale =>
  (value) =>
    start + ((value - from) / (to - from)) * (end - start)

export const logarithmic = (from: number, to: number, start: number, end: number): Scale => {
  const scale = linear(Math.log10(from), Math.log10(to), start, end)
  return (value) => scale(Math.log10(value))
}

/** The powers of ten from the one at or below `from` to the one at or above `to`. */
export function decades(from: number, to: number): readonly number[] {
  const [first, last] = [Math.floor(Math.log10(from) + 1e-9), Math.ceil(Math.log10(to) - 1e-9)]
  return Array.from({ length: Math.max(1, last - first) + 1 }, (_, at) => 10 ** (first + at))
}
