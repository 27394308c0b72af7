import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { routes } from '../generated/index.ts'
import { alertRules, metricDefinitions, withMetrics } from './metrics-documentation.ts'

const page = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8')
const runbooks = readFileSync(new URL('../../../../docs/runbooks.md', import.meta.url), 'utf8')

describe('docs/metrics.md', () => {
  it('has the tables and alerts that the code says (else run src/compose/write-documentation.ts)', (context) => {
    // Some metrics of the process exist on Linux only.
    if (process.platform !== 'linux') context.skip('not on Linux')
    expect(page).toBe(withMetrics(page))
  })

  it('has alerts that name metrics, operations and chapters that exist', () => {
    const rules = alertRules()
    const known = new Set(metricDefinitions().map(({ name }) => name))
    const named = [...rules.matchAll(/\b(?:countersign|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name)
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !known.has(name.replace(/_bucket$/, '')))).toEqual([])
    const operations = [...rules.matchAll(/operation="(\w+)"/g)].map(([, name = '']) => name)
    expect(operations.filter((name) => !(name in routes))).toEqual([])
    const chapters = [...runbooks.matchAll(/^## (.*)$/gm)].map(([, title = '']) =>
      title.toLowerCase().replaceAll(' ', '-'),
    )
    const cited = [...rules.matchAll(/runbooks\.md#([a-z-]+)/g)].map(([, anchor = '']) => anchor)
    expect(cited.filter((anchor) => !chapters.includes(anchor))).toEqual([])
  })

  it('has alerts that promtool accepts', (context) => {
    if (spawnSync('promtool', ['--version']).error)
      context.skip('no promtool here: the rules are not checked by Prometheus')
    const folder = mkdtempSync(join(tmpdir(), 'rules-'))
    try {
      const file = join(folder, 'rules.yaml')
      writeFileSync(file, alertRules())
      expect(execFileSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })).toContain('SUCCESS')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('refuses a page without its marks', () => {
    expect(() => withMetrics('nothing')).toThrow('marks')
  })
})
