import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { plainEnvironment } from '@countersign/server/testing/process'
import { describe, expect, it } from 'vitest'
import { usualCaseNames } from './comparison/bench-case.ts'
import { missingServer } from './database/bench-server.ts'
import { type MeasurementFigures, type MeasurementName, measurements } from './measurements.ts'
import { renderSizing } from './sizing/table.ts'

const program = fileURLToPath(new URL('../run.ts', import.meta.url))

const bench = (...words: string[]) =>
  promisify(execFile)(process.execPath, ['--conditions=countersign', program, ...words], { env: plainEnvironment() })

/** The figures of one measurement. */
async function figures<Name extends MeasurementName>(
  name: Name,
  ...words: string[]
): Promise<NonNullable<MeasurementFigures[Name]>> {
  const { measurements: all } = JSON.parse((await bench('--json', '--only', name, ...words)).stdout)
  return all[name]
}

// Too short to measure anything. The tests only require that every figure is there.
describe('pnpm bench --only', () => {
  it('verify compares the verifier with others and with the signature alone', async () => {
    const groups = await figures('verify', '--seconds', '0.1')
    expect(groups.map(({ name }) => name)).toEqual(['cached', 'uncached ES256', 'uncached EdDSA'])
    const others = ['jose', 'fast-jwt', 'subtle.verify', 'node:crypto.verify']
    expect(groups[0]?.sides.map(({ name }) => name)).toEqual(['@countersign/verifier', 'fast-jwt'])
    for (const { sides } of groups.slice(1)) {
      expect(sides.map(({ name }) => name)).toEqual(['@countersign/verifier', ...others])
      for (const { ratio, cpuRatio } of sides) expect(Math.min(ratio ?? 0, cpuRatio ?? 0)).toBeGreaterThan(0)
    }
    for (const { perSecond } of groups.flatMap(({ sides }) => sides)) expect(perSecond).toBeGreaterThan(0)
  }, 120_000)

  it('revocation measures until three verifiers refuse', async () => {
    const result = await figures('revocation', '--revocations', '3')
    expect(result).toMatchObject({ revocations: 3, verifiers: 3 })
    for (const { p50Milliseconds, p99Milliseconds } of [result.sinceSent, result.sinceAcknowledged]) {
      expect(p99Milliseconds).toBeGreaterThanOrEqual(p50Milliseconds)
    }
    expect(result.sinceSent.p50Milliseconds).toBeGreaterThan(0)
    expect(result.introspections).toBeGreaterThan(0)
  }, 120_000)

  it('revocation-memory measures what so many revocations take', async () => {
    const result = await figures('revocation-memory', '--revocations', '20000')
    expect(result.revocations).toBe(20_000)
    expect(result.tableBytes).toBeGreaterThan(20_000 * 16)
  }, 120_000)

  it('sizing measures speed, memory and what the database grows by', async () => {
    const words = ['--seconds', '0.2', '--warm-up', '0.1', '--starts', '1', '--rows', '40']
    const { growth, speed } = await figures('sizing', ...words)
    expect(speed.ours.idleBytes).toBeGreaterThan(0)
    expect(speed.cases.map(({ name }) => name)).toEqual([...usualCaseNames])
    expect(growth.map(({ event }) => event)).toEqual(expect.arrayContaining(['a login', 'a refresh', 'a logout']))
    const bytes = new Map(growth.map((one) => [one.event, one.bytes]))
    expect(bytes.get('a login')).toBeGreaterThan(100)
    expect(renderSizing({ growth, speed })).toContain('| a login |')
  }, 120_000)

  const tiny = ['--seconds', '0.2', '--slice', '0.1', '--warm-up', '0.1', '--connections', '2']

  it('mixed measures latency by a schedule, of both sides at two loads', async () => {
    const [mix, ...others] = await figures('mixed', ...tiny)
    expect(others).toEqual([])
    expect(mix?.sides.map(({ side }) => side)).toEqual(['countersign', 'floor'])
    for (const { capacityPerSecond, loads } of mix?.sides ?? []) {
      expect(capacityPerSecond).toBeGreaterThan(0)
      expect(loads.map(({ ofCapacity }) => ofCapacity)).toEqual([0.5, 0.8])
      for (const { parts } of loads) {
        expect(parts).toHaveLength(4)
        expect(parts.every(({ failures }) => failures === 0)).toBe(true)
        expect(parts[0]?.answers).toBeGreaterThan(0)
      }
    }
  }, 120_000)

  it('beside measures introspection alone, beside logins, and while rows are written', async () => {
    const { sides } = await figures('beside', ...tiny)
    expect(sides.map(({ loads }) => loads.map(({ beside }) => beside))).toEqual([
      ['alone', 'logins', 'refreshes', 'rows of another process'],
      ['alone', 'logins', 'refreshes'],
    ])
    for (const { introspection, ratio } of sides.flatMap(({ loads }) => loads)) {
      expect(introspection).toMatchObject({ failures: 0, firstFailure: null })
      expect(ratio).toBeGreaterThan(0)
    }
  }, 120_000)

  it('growth fills a database, and measures while rows are removed and exported', async () => {
    const [size, ...others] = await figures('growth', ...tiny, '--up-to', '1000')
    expect(others).toEqual([])
    expect(size).toMatchObject({ rows: 1000 })
    expect(size?.operations.map(({ name }) => name)).toEqual(['introspect-opaque', 'me', 'refresh'])
    const { removal, auditExport, quiet } = size?.stalls ?? {}
    expect(removal?.rows).toBe(100)
    expect(auditExport?.rows).toBeGreaterThan(1000)
    for (const during of [quiet, removal, auditExport]) expect(during?.introspection).toMatchObject({ failures: 0 })
  }, 120_000)

  it('scaling measures one server and two on one database', { timeout: 120_000 }, async (context) => {
    const missing = missingServer()
    if (missing !== undefined) return context.skip(missing)
    const { operations } = await figures('scaling', ...tiny, '--postgres')
    expect(operations.map(({ name }) => name)).toEqual(['introspect-opaque', 'issue-jwt', 'refresh', 'login'])
    for (const { measured } of operations) {
      expect(measured.map(({ instances }) => instances)).toEqual([1, 2])
      for (const { requestsPerSecond, instanceMicroseconds } of measured) {
        expect(requestsPerSecond).toBeGreaterThan(0)
        expect(instanceMicroseconds).toBeGreaterThanOrEqual(0)
      }
    }
  })

  it('prints a table, and runs each alone', async () => {
    const { stdout } = await bench('--only', 'revocation-memory', '--revocations', '1000')
    expect(stdout).toContain('1000 revocations')
    const help = (await bench('--help')).stdout
    for (const name of Object.keys(measurements)) expect(help).toContain(name)
  }, 120_000)
})
