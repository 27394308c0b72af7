import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '@countersign/store'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { initializeFolder, run } from '../testing/run-program.ts'

let folder: string
let data: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-doctor-'))
  data = join(folder, 'data')
})
afterEach(() => rmSync(folder, { recursive: true }))

const doctor = (...args: string[]) => run(['doctor', '--data', data, ...args])
const initialize = () => initializeFolder(data)
const lineOf = (out: string, check: string) => out.split('\n').find((line) => line.includes(` ${check}: `))

describe('doctor', () => {
  it('reports for a new folder only that there is no owner yet', async () => {
    await initialize()
    const { status, out, err } = await doctor()
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out.split('\n').filter((line) => !/^(ok {4}|$)/.test(line))).toEqual([
      'warn  owner: there is none yet: the first "serve" makes one',
    ])
    expect(lineOf(out, 'settings')).toContain('journal_mode=wal synchronous=2')
  })

  it('prints JSON, in one line', async () => {
    await initialize()
    const { out } = await doctor('--json')
    expect(out.split('\n')).toHaveLength(2)
    const report = JSON.parse(out) as { ok: boolean; checks: { check: string; outcome: string; detail: string }[] }
    expect(report.ok).toBe(true)
    expect(report.checks.map(({ check }) => check)).toEqual([
      'runtime',
      'data folder',
      'master key',
      'database',
      'integrity',
      'settings',
      'file modes',
      'keys',
      'owner',
      'code-only logins',
      'audit trail',
      'clock',
    ])
  })

  it('N-354 names managers and owners who log in by a code alone', async () => {
    const make = (name: string, role: string, ...args: string[]) =>
      run(['create-user', '-u', name, '-g', role, ...args, '--data', data], { stdin: 'correct horse battery staple' })
    await make('olga', 'owner')
    await make('mia', 'manager')
    await make('max', 'manager', '--password-stdin')
    await make('vera', 'viewer')
    const { status, out } = await doctor()
    expect(status).toBe(0)
    expect(lineOf(out, 'code-only logins')).toBe(
      'warn  code-only logins: managers and owners who log in by a code alone: olga, mia',
    )
    const store = await openStore({ path: join(data, 'countersign.db') })
    const mia = await store.users.findByName('mia')
    const audit = [{ at: 1, action: 'user_changed' }] as const
    await store.users.change(mia?.id ?? '', { disabled: true, at: 1 }, { latest: 1 }, audit)
    await store.close()
    expect(lineOf((await doctor()).out, 'code-only logins')).toMatch(/: olga$/)
  })

  it('creates nothing where there is no data folder', async () => {
    const { status, out } = await doctor()
    expect(status).toBe(1)
    expect(out).toContain(`fail  data folder: ${data} does not exist\n`)
    expect(readdirSync(folder)).toEqual([])
  })

  it('fails with a master key that others can read, or that is the wrong one', async () => {
    await initialize()
    chmodSync(join(data, 'master.key'), 0o644)
    const open = await doctor()
    expect(open.status).toBe(1)
    expect(lineOf(open.out, 'master key')).toMatch(/^fail .* is open to others/)
    writeFileSync(join(data, 'master.key'), Buffer.alloc(32))
    chmodSync(join(data, 'master.key'), 0o600)
    const wrong = await doctor()
    expect(wrong.status).toBe(1)
    expect(lineOf(wrong.out, 'keys')).toMatch(/^fail .*wrong master key/)
  })

  it('fails with a file that is no database', async () => {
    await initialize()
    writeFileSync(join(data, 'countersign.db'), 'no database at all'.repeat(1000))
    const { status, out } = await doctor()
    expect(status).toBe(1)
    expect(out).toMatch(/^fail {2}database: /m)
  })

  it('warns of a folder that other users can access', async () => {
    await initialize()
    chmodSync(data, 0o755)
    const { status, out } = await doctor()
    expect(status).toBe(0)
    expect(lineOf(out, 'data folder')).toMatch(/^warn .*chmod 700 it$/)
  })

  it('N-407 names who must show less than the policy demands', async () => {
    await initialize()
    const stdin = 'correct horse battery staple'
    const create = (...args: string[]) => run(['create-user', '--data', data, ...args], { stdin })
    await create('-u', 'lax', '-g', 'manager', '--password-stdin')
    await create('-u', 'strict', '-g', 'manager', '--password-stdin', '--totp')
    await create('-u', 'viewer', '-g', 'viewer', '--password-stdin')
    expect(lineOf((await doctor()).out, 'factors')).toBeUndefined()
    const env = { COUNTERSIGN_REQUIRED_FACTORS_MANAGER: 'password+totp' }
    const { status, out } = await run(['doctor', '--data', data], { env })
    expect(status).toBe(0)
    expect(lineOf(out, 'factors')).toBe('warn  factors: less than the policy demands of their role: lax')
    const met = await run(['doctor', '--data', data], { env: { COUNTERSIGN_REQUIRED_FACTORS_MANAGER: 'password' } })
    expect(lineOf(met.out, 'factors')).toBe('ok    factors: every user must show what the policy demands')
  })

  it('N-249 warns of a clock behind the high-water mark, and resets the mark on request', async () => {
    await initialize()
    const store = await openStore({ path: join(data, 'countersign.db') })
    await store.marks.raiseHighWater(Math.floor(Date.now() / 1000) + 86_400)
    await store.close()
    const behind = await doctor()
    expect(behind.status).toBe(0)
    expect(lineOf(behind.out, 'clock')).toMatch(/^warn {2}clock: (?:1 day|23 hours) behind the stored mark/)
    const mended = await doctor('--reset-clock')
    expect(lineOf(mended.out, 'clock')).toBe('ok    clock: not behind the stored mark')
    const after = await openStore({ path: join(data, 'countersign.db') })
    expect(await after.audit.list({ limit: 1 })).toMatchObject([{ action: 'clock_reset' }])
    await after.close()
  })
})

describe('doctor, of the TLS certificate', () => {
  const day = 86_400_000
  const flags = () => ({ cert: join(data, 'cert.pem'), key: join(data, 'key.pem') })
  const keep = async (from: number, until: number) => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      notBeforeDate: new Date(Date.now() + from * day),
      notAfterDate: new Date(Date.now() + until * day),
    })
    writeFileSync(flags().cert, cert)
    writeFileSync(flags().key, key, { mode: 0o600 })
  }
  const certificate = async () => {
    const { cert, key } = flags()
    const { status, out } = await run(['doctor', '--json', '--data', data, '--tls-cert', cert, '--tls-key', key])
    const { checks } = JSON.parse(out) as { checks: { check: string; outcome: string; detail: string }[] }
    const found = checks.find(({ check }) => check === 'certificate')
    return { status, outcome: found?.outcome, detail: found?.detail.replace(flags().cert, 'FILE') }
  }

  it.each([
    [-10, 355, 'ok', /^FILE is valid for /],
    [-340, 25.5, 'warn', /^FILE expires in .*: renew it$/],
    [-400, -30.5, 'warn', /^FILE expired .* ago: clients refuse it$/],
    [1.5, 300, 'warn', /^FILE is not valid for another .*: clients refuse it$/],
  ])('N-535 valid from day %i to day %i: %s', async (from, until, outcome, detail) => {
    await initialize()
    await keep(from, until)
    expect(await certificate()).toEqual({ status: 0, outcome, detail: expect.stringMatching(detail) })
  })

  it('N-535 that cannot be used, and with which no server would start', async () => {
    await initialize()
    await keep(-1, 100)
    writeFileSync(flags().key, 'no key', { mode: 0o600 })
    expect(await certificate()).toMatchObject({
      status: 1,
      outcome: 'fail',
      detail: expect.stringContaining('do not fit together'),
    })
  })

  it('says nothing where none is served', async () => {
    const { out } = await run(['doctor', '--data', data])
    expect(out).not.toContain('certificate')
  })
})
