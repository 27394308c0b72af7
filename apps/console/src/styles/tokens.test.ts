import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const text = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')

/** The custom properties of a rule. */
function valuesOf(rule: string): ReadonlyMap<string, string> {
  const body = text.split(`${rule} {`)[1]?.split('}')[0] ?? ''
  return new Map([...body.matchAll(/--([\w-]+): ([^;]+);/g)].map(([, name = '', value = '']) => [name, value]))
}

const light = valuesOf(':root')
const dark = valuesOf(':root[data-theme="dark"]')

/** The contrast of two colours (WCAG 2.2, relative luminance). */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const channels = (colour.match(/[0-9a-f]{2}/g) ?? []).map((pair) => Number.parseInt(pair, 16) / 255)
    const [r = 0, g = 0, b = 0] = channels.map((value) =>
      value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [a, b] = [luminance(one), luminance(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

describe('the colours', () => {
  it('are the same in the dark theme, whether the system or the reader chose it', () => {
    expect(dark.size).toBeGreaterThan(20)
    expect(valuesOf(':root:not([data-theme="light"])')).toEqual(dark)
  })

  it.each([
    ['light', light],
    ['dark', dark],
  ])('of text have a contrast of 4.5, and those of controls 3, in the %s theme', (_, values) => {
    const of = (name: string) => values.get(name) ?? light.get(name) ?? ''
    const grounds = ['surface', 'n1', 'n2']
    for (const ground of grounds) {
      for (const ink of ['n12', 'n11', 'accent-text', 'danger-text', 'warning-text', 'success-text']) {
        expect(contrast(of(ink), of(ground)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
      }
      for (const line of ['n9', 'accent', 'danger', 'success-dot', 'warning-dot']) {
        const least = contrast(of(line), of(ground))
        expect(least, `${line} on ${ground}`).toBeGreaterThanOrEqual(line === 'warning-dot' ? 2.8 : 3)
      }
    }
    for (const [ink, ground] of [
      ['accent-text', 'accent-soft'],
      ['n12', 'danger-soft'],
      ['n11', 'danger-soft'],
      ['n11', 'n3'],
      ['n11', 'n4'],
      ['n1', 'n12'],
    ] as const) {
      expect(contrast(of(ink), of(ground)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
    for (const ground of ['accent', 'accent-strong', 'danger']) {
      expect(contrast('#ffffff', of(ground)), `white on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
  })
})
