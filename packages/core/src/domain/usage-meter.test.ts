import { describe, expect, it } from 'vitest'
import { StoreError } from '../ports/store/store.ts'
import type { Usage, UsageReport } from '../ports/store/usage.ts'
import { FixedClock } from '../testing/fixed-clock.ts'
import { UsageMeter } from './usage-meter.ts'

const use = (at: number) => ({ at, from: undefined })

/** Takes reports while it is up. */
class Recorder implements Usage {
  readonly reports: UsageReport[] = []
  up = true
  /** Reports until it goes down. */
  upFor = Number.POSITIVE_INFINITY

  async record(report: UsageReport): Promise<void> {
    if (!this.up || this.reports.length >= this.upFor) throw new StoreError('unavailable', new Error('down'))
    this.reports.push(report)
  }
}

describe('the usage meter', () => {
  it('hands over the last use of each Authorization and the issues of each client and minute', async () => {
    const meter = new UsageMeter(new FixedClock())
    const recorder = new Recorder()
    meter.used('a', use(100))
    meter.used('a', use(130))
    meter.used('b', use(110))
    for (const at of [0, 59, 60]) meter.issued('client', at)
    meter.issued('other', 61)
    await meter.flush(recorder)
    expect(recorder.reports).toEqual([
      {
        latest: new FixedClock().latest(),
        uses: new Map([
          ['a', use(130)],
          ['b', use(110)],
        ]),
        issues: [
          { clientId: 'client', minute: 0, count: 2 },
          { clientId: 'client', minute: 1, count: 1 },
          { clientId: 'other', minute: 1, count: 1 },
        ],
      },
    ])
  })

  it('writes nothing when nothing happened', async () => {
    const meter = new UsageMeter(new FixedClock())
    const recorder = new Recorder()
    await meter.flush(recorder)
    meter.used('a', use(1))
    await meter.flush(recorder)
    await meter.flush(recorder)
    expect(recorder.reports.length).toBe(1)
  })

  it('loses nothing while the store is down', async () => {
    const meter = new UsageMeter(new FixedClock())
    const recorder = new Recorder()
    meter.used('a', use(100))
    meter.used('b', use(100))
    meter.issued('client', 5)
    recorder.up = false
    const failed = meter.flush(recorder)
    meter.used('a', use(200))
    meter.issued('client', 6)
    meter.issued('new', 7)
    await expect(failed).rejects.toThrow(StoreError)
    recorder.up = true
    await meter.flush(recorder)
    expect(recorder.reports.length).toBe(1)
    expect([...(recorder.reports[0]?.uses ?? [])].sort()).toEqual([
      ['a', use(200)],
      ['b', use(100)],
    ])
    expect(recorder.reports[0]?.issues.map(({ clientId, count }) => [clientId, count]).sort()).toEqual([
      ['client', 2],
      ['new', 1],
    ])
  })

  it('hands over many rows in reports of a bounded size, so that no other write waits long', async () => {
    const meter = new UsageMeter(new FixedClock())
    const recorder = new Recorder()
    for (let n = 0; n < 1000; n++) meter.used(`${n}`, use(n))
    for (let n = 0; n < 500; n++) meter.issued(`client-${n}`, 60)
    await meter.flush(recorder)
    const sizes = recorder.reports.map(({ uses, issues }) => uses.size + issues.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(128)
    expect(recorder.reports.flatMap(({ uses }) => [...uses.keys()])).toEqual(
      Array.from({ length: 1000 }, (_, n) => `${n}`),
    )
    expect(recorder.reports.flatMap(({ issues }) => issues)).toHaveLength(500)
  })

  it('keeps only what was not stored, so that no issue is counted twice', async () => {
    const meter = new UsageMeter(new FixedClock())
    const recorder = new Recorder()
    for (let n = 0; n < 300; n++) meter.issued(`client-${n}`, 60)
    recorder.upFor = 2
    await expect(meter.flush(recorder)).rejects.toThrow(StoreError)
    recorder.upFor = Number.POSITIVE_INFINITY
    await meter.flush(recorder)
    const stored = recorder.reports.flatMap(({ issues }) => issues)
    expect(stored).toHaveLength(300)
    expect(new Set(stored.map(({ clientId }) => clientId)).size).toBe(300)
  })
})
