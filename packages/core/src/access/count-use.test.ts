import { describe, expect, it } from 'vitest'
import type { Domain } from '../domain/domain.ts'
import { UsageMeter } from '../domain/usage-meter.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import { newAuthorization } from '../model/authorization/new-authorization.ts'
import type { UsageReport } from '../ports/store/usage.ts'
import { FixedClock } from '../testing/fixed-clock.ts'
import { SeededRandom } from '../testing/seeded-random.ts'
import { countUse } from './count-use.ts'

const idleSeconds = 10_000

const presenter = { context: { address: '192.0.2.7', userAgent: 'x'.repeat(300) }, clientId: undefined }
const from = { address: '192.0.2.7', agent: 'x'.repeat(256), clientId: undefined }

/** A use so long after the last activity: what was stored at once. */
async function usedAfter(seconds: number, given: Partial<Authorization> = { idleSeconds }) {
  const clock = new FixedClock()
  const reports: UsageReport[] = []
  const usage = new UsageMeter(clock)
  const store = { usage: { record: async (report: UsageReport) => void reports.push(report) } } as Domain['store']
  const authorization = newAuthorization(
    {
      kind: 'session',
      subject: { kind: 'user', id: '0'.repeat(22) },
      clientId: 'countersign',
      dialect: 'native',
      roleCeiling: 'viewer',
      scope: ['read'],
      audience: ['https://auth.example'],
      epoch: 0,
      accessForm: 'jwt',
      accessLifetimeSeconds: 600,
      ...given,
    },
    { clock, random: new SeededRandom() },
  )
  clock.advance(seconds)
  await countUse(authorization, presenter, { store, clock, usage })
  return { reports, kept: usage.lastUse(authorization.id)?.at, id: authorization.id, now: clock.now() }
}

describe('a use of an Authorization', () => {
  it('is kept for the next report where the last one was stored lately, and where there is no inactivity timeout', async () => {
    const lately = await usedAfter(99)
    expect([lately.reports, lately.kept]).toEqual([[], lately.now])
    const endless = await usedAfter(1e6, { idleSeconds: undefined })
    expect([endless.reports, endless.kept]).toEqual([[], endless.now])
  })

  it('is stored at once where a hundredth of the inactivity timeout has passed since the last one', async () => {
    const { reports, kept, id, now } = await usedAfter(100)
    expect(kept).toBeUndefined()
    expect(reports).toEqual([{ latest: now, uses: new Map([[id, { at: now, from }]]), issues: [] }])
  })

  it('counts from the last refresh or stored use', async () => {
    const now = new FixedClock().now()
    expect((await usedAfter(150, { idleSeconds, rotatedAt: now + 60 })).reports).toEqual([])
    expect((await usedAfter(150, { idleSeconds, lastUsedAt: now + 60 })).reports).toEqual([])
    expect((await usedAfter(160, { idleSeconds, lastUsedAt: now + 60 })).reports).toHaveLength(1)
  })
})
