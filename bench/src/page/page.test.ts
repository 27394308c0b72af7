import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseReport } from '../report/report.ts'
import { bars } from './bars.ts'
import { figuresFile, files, folder, pagePath, withFigures } from './page.ts'
import { decades, element, linear, logarithmic, text } from './svg.ts'

const report = parseReport(figuresFile, readFileSync(join(folder, figuresFile), 'utf8'))

describe('docs/performance.md', () => {
  it('shows the figures of docs/performance/figures.json (else: pnpm bench --page docs/performance/figures.json)', () => {
    const page = readFileSync(pagePath, 'utf8')
    expect(withFigures(page, report)).toBe(page)
    expect(() => withFigures('', report)).toThrow('docs/performance.md lacks the marks of figures')
  })

  it('has the plots of these figures, and shows each', () => {
    const page = readFileSync(pagePath, 'utf8')
    const expected = files(report)
    expect(readdirSync(folder).sort()).toEqual([...expected.keys()].sort())
    for (const [name, content] of expected) {
      expect(readFileSync(join(folder, name), 'utf8'), name).toBe(content)
      if (name.endsWith('.svg')) expect(page).toContain(`(performance/${name})`)
    }
  })
})

describe('a plot', () => {
  it('is well-formed, with every label escaped and no number missing', () => {
    for (const [name, content] of files(report)) {
      if (!name.endsWith('.svg')) continue
      expect(content).not.toMatch(/NaN|undefined|Infinity/)
      const open: string[] = []
      for (const [, closing, tag = '', selfClosing] of content.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
        if (closing) expect(open.pop()).toBe(tag)
        else if (!selfClosing) open.push(tag)
      }
      expect(open, name).toEqual([])
    }
    expect(text(1, 2, '<a> & "b"')).toBe('<text x="1" y="2">&lt;a&gt; &amp; &quot;b&quot;</text>')
    expect(element('line', { x1: 1.25 })).toBe('<line x1="1.3"/>')
  })

  it('places values by its scales', () => {
    expect(linear(0, 10, 100, 200)(5)).toBe(150)
    expect(logarithmic(1, 100, 0, 200)(10)).toBe(100)
    expect(decades(0.3, 45)).toEqual([0.1, 1, 10, 100])
    expect(decades(1, 1)).toEqual([1, 10])
  })

  it('marks the goal of a bar', () => {
    const plot = (goal: number | undefined) =>
      bars('title', 'unit', [{ label: 'a', value: 0.5, low: 0.4, high: 0.6, goal }])
    expect(plot(0.65)).toContain('#b42318')
    expect(plot(undefined)).not.toContain('#b42318')
  })
})
