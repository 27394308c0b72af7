import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import { type Fate, seededDice, startCuttingProxy } from './cutting-proxy.ts'
import { startServerInTime } from './server-in-time.ts'
import { startServerProcess } from './server-process.ts'
import { phases } from './session-message.ts'
import { shareSession } from './shared-session.ts'

const refreshes = 200
/** Refreshes are a second apart at least: nobody spends a token that is younger than the retry window. */
const limitMilliseconds = 420_000
/**
 * The processes take the second of the server's retry window by their own clocks; the server's goes slower. Whoever stays
 * away for longer than the window is logged out, and rightly so: that must not happen because the machine is busy.
 */
const serverPace = 0.1
const refreshCall = 'POST /v1/sessions/refresh'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-shared-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Eight processes that refresh for the first time are slower than the retry window is long on a busy machine. */
const coldRefreshes = 64

/**
 * Loses a third of the refreshes: before they reach the server, after it did its work, or in the middle of the answer.
 * At first it loses all, so that every process has tried a few times when the first one comes through.
 */
function losses(seed: number): (call: string) => Fate {
  const dice = seededDice(seed)
  let cold = coldRefreshes
  return (call) => {
    if (call !== refreshCall) return 'delivered'
    cold -= 1
    if (cold >= 0) return 'never sent'
    const number = dice()
    if (number < 0.1) return 'never sent'
    if (number < 0.25) return 'answer lost'
    return number < 0.33 ? 'answer cut' : 'delivered'
  }
}

it(
  `N-264 N-265 eight processes share a session through ${refreshes} refreshes; answers are cut, processes killed in every phase, nobody is logged out`,
  async ({ signal }) => {
    const seed = Number(process.env.COUNTERSIGN_TEST_SEED ?? randomInt(2 ** 31))
    const data = join(folder, 'data')
    const first = await startServerProcess(data)
    await first.stop()
    // In this process, as the proxy is: the fewer processes an answer goes through, the busier the machine may be.
    const server = await startServerInTime(data, { retryWindowSeconds: 1, pace: serverPace })
    onTestFinished(server.stop)
    const proxy = await startCuttingProxy(server.url, { fateOf: losses(seed), expiresInSeconds: 1.2 })
    onTestFinished(proxy.close)
    const outcome = await shareSession(proxy.url, join(folder, 'session'), {
      username: 'owner',
      password: first.ownerPassword ?? '',
      processes: 8,
      records: refreshes + 1,
      signal,
    })

    const fates = proxy.seen(refreshCall)
    const count = (fate: Fate) => fates.filter((exchange) => exchange.fate === fate).length
    const lost = {
      unsent: count('never sent') - coldRefreshes,
      unanswered: count('answer lost'),
      cut: count('answer cut'),
    }
    const report = JSON.stringify({ seed, ...outcome, refreshesSent: fates.length, ...lost })
    expect(outcome.loggedOut, report).toEqual([])
    expect(outcome.sessions, report).toHaveLength(1)
    expect(
      fates.filter(({ status = 200 }) => status === 401),
      report,
    ).toEqual([])
    expect(Math.min(...Object.values(lost)), report).toBeGreaterThan(0)
    for (const phase of phases) expect(outcome.killed[phase], `${phase}: ${report}`).toBeGreaterThan(0)
    // One login, and whoever refreshed went on with that session.
    const { authorization_created, authorization_rotated, authorization_reused = 0 } = await server.trail()
    expect({ authorization_created, authorization_reused }, report).toEqual({
      authorization_created: 1,
      authorization_reused: 0,
    })
    expect(authorization_rotated, report).toBeGreaterThanOrEqual(refreshes)
  },
  limitMilliseconds,
)
