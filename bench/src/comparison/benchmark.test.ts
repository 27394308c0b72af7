import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { plainEnvironment } from '@countersign/server/testing/process'
import { beforeAll, describe, expect, it } from 'vitest'
import { missingServer } from '../database/bench-server.ts'
import { caseNames } from './bench-case.ts'
import type { BenchmarkResult } from './benchmark.ts'
import { renderResult } from './table.ts'

const program = fileURLToPath(new URL('../../run.ts', import.meta.url))

const bench = (...words: string[]) =>
  promisify(execFile)(process.execPath, ['--conditions=countersign', program, ...words], { env: plainEnvironment() })

/** Too short to measure anything. The tests only require right answers. */
const tiny = ['--seconds', '0.1', '--slice', '0.05', '--warm-up', '0.05', '--connections', '2', '--starts', '1']

describe('pnpm bench', () => {
  let result: BenchmarkResult

  beforeAll(async () => {
    result = JSON.parse((await bench('--json', '--only', caseNames.join(','), ...tiny)).stdout)
  }, 300_000)

  it('compares every operation with its floors, and gets only right answers', () => {
    expect(result.cases.map(({ name }) => name)).toEqual([...caseNames])
    for (const { ours, floors } of result.cases) {
      expect(floors.length).toBeGreaterThan(0)
      for (const side of [ours, ...floors]) {
        expect(side).toMatchObject({ failures: 0, firstFailure: null })
        expect(side.answers).toBeGreaterThan(0)
        expect(side.requestsPerSecond).toBeGreaterThan(0)
        expect(side.p99Milliseconds).toBeGreaterThanOrEqual(side.p50Milliseconds)
      }
      for (const { ratio, ratios } of floors) {
        expect(ratio).toBeGreaterThan(0)
        expect(ratios).toHaveLength(2)
      }
    }
  })

  it('measures cold start and memory of both sides', () => {
    for (const { coldStart, idleBytes, loadedBytes } of [result.ours, result.floor]) {
      expect(coldStart.medianMilliseconds).toBeGreaterThan(0)
      if (process.platform === 'linux') expect(Math.min(idleBytes ?? 0, loadedBytes ?? 0)).toBeGreaterThan(0)
    }
  })

  it('prints a table with a line for each operation', () => {
    const table = renderResult(result)
    for (const name of caseNames) expect(table).toMatch(new RegExp(`^${name} +\\d`, 'm'))
    expect(table).toContain('cold start')
  })

  it('compares both sides on PostgreSQL', { timeout: 120_000 }, async (context) => {
    const missing = missingServer()
    if (missing !== undefined) return context.skip(missing)
    const operations = ['introspect-opaque', 'refresh', 'login']
    const { stdout } = await bench('--json', '--postgres', '--only', operations.join(','), ...tiny)
    const { cases } = JSON.parse(stdout) as BenchmarkResult
    expect(cases.map(({ name }) => name)).toEqual(operations)
    for (const { ours, floors } of cases) {
      for (const side of [ours, ...floors]) {
        expect(side).toMatchObject({ failures: 0, firstFailure: null })
        expect(side.databaseMicrosecondsPerRequest).toBeGreaterThanOrEqual(0)
      }
    }
  })

  it('refuses what it does not know with status 2', async () => {
    await expect(bench('--only', 'nothing')).rejects.toMatchObject({ code: 2 })
    await expect(bench('--seconds', 'many')).rejects.toMatchObject({ code: 2 })
    await expect(bench('--unknown')).rejects.toMatchObject({ code: 2 })
  })
})
