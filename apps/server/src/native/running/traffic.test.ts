import { describe, expect, it } from 'vitest'
import { routes } from '../../generated/index.ts'
import { Traffic } from './traffic.ts'

const start = 1_800_000_000
const answered = (status: number) => ({ status, headers: {}, body: undefined })

describe('what the process has answered', () => {
  it('is counted by minute, and summed by step', () => {
    let now = start
    const traffic = new Traffic(() => now)
    const seen = (route: keyof typeof routes, status: number) =>
      traffic.observe({ route: routes[route], response: answered(status), fault: undefined })
    seen('createSession', 201)
    seen('createSession', 401)
    now += 60
    seen('refreshSession', 200)
    seen('createPersonalToken', 201)
    seen('issueToken', 200)
    seen('showMe', 200)
    seen('showMe', 503)
    seen('createSession', 429)
    const [before, present] = traffic.series(2, 1)
    expect(before).toEqual({
      at: start,
      issued: 1,
      refreshed: 0,
      refused: 1,
      failed_logins: 0,
      throttled: 0,
      failed: 0,
    })
    expect(present).toMatchObject({ at: start + 60, issued: 2, refreshed: 1, refused: 0, throttled: 1, failed: 1 })
    const quarters = traffic.series(2, 15)
    expect(quarters.map(({ at }) => at)).toEqual([start - 900, start])
    expect(quarters[1]).toMatchObject({ issued: 3, refreshed: 1, refused: 1 })
  })

  it('is forgotten after a day, so that memory does not grow', () => {
    let now = start
    const traffic = new Traffic(() => now)
    const refuse = () => traffic.observe({ route: routes.showMe, response: answered(403), fault: undefined })
    for (let minute = 0; minute < 3000; minute++, now += 60) refuse()
    const day = traffic.series(96, 15)
    expect(day.reduce((sum, { refused }) => sum + refused, 0)).toBeLessThanOrEqual(24 * 60)
    expect(traffic.series(4000, 1).filter(({ refused }) => refused > 0)).toHaveLength(24 * 60)
  })
})
