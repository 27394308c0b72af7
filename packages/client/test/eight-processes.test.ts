import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestServer } from '@countersign/testing'
import { afterAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { type Fate, seededDice, startCuttingProxy } from './cutting-proxy.ts'
import { phases } from './session-message.ts'
import { shareSession } from './shared-session.ts'

const password = 'correct horse battery staple'

/** As `pnpm campaign sharing` runs it. */
const whole = process.env.COUNTERSIGN_WHOLE === 'sharing'
const refreshes = whole ? 200 : 60
const limitMilliseconds = 420_000
/**
 * Refreshes are a retry window apart at least: nobody spends a token that is younger. So the clients are told of a short
 * one. A process that is held up for longer may be logged out, and rightly so: that must not happen because the machine is
 * busy with something else, so these go first (the priority is handed down), or else take their time.
 */
const toldWindowSeconds = goFirst() ? 0.35 : 1
/** The server's own: for so long a refresh may be taken up by another process than the one that was killed over it. */
const retryWindowSeconds = 10
const refreshCall = 'POST /v1/sessions/refresh'

let folder: string
beforeEach(async ({ onTestFinished }) => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-shared-'))
  // The last to happen: a server that is still on its way out writes what it did.
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})
afterAll(() => setPriority(constants.priority.PRIORITY_NORMAL))

/** @returns Whether the machine lets this process and those it starts go before all others. */
function goFirst(): boolean {
  try {
    setPriority(constants.priority.PRIORITY_HIGH)
    return true
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SYSTEM_ERROR') return false
    throw error
  }
}

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
  `eight processes share a session through ${refreshes} refreshes; answers are cut, processes killed in every phase, nobody is logged out`,
  async ({ signal }) => {
    const seed = Number(process.env.COUNTERSIGN_TEST_SEED ?? randomInt(2 ** 31))
    // In this process, as the proxy is: the fewer processes an answer goes through, the busier the machine may be.
    const server = await startTestServer({
      users: [{ username: 'owner', role: 'owner', password }],
      settings: { 'retry-window-seconds': `${retryWindowSeconds}` },
    })
    onTestFinished(() => server.close())
    const told = { expires_in: 1.2 * toldWindowSeconds, countersign_retry_window_seconds: toldWindowSeconds }
    const proxy = await startCuttingProxy(server.url, { fateOf: losses(seed), told })
    onTestFinished(proxy.close)
    const outcome = await shareSession(proxy.url, join(folder, 'session'), {
      username: 'owner',
      password,
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
    const refused = fates.filter(({ status = 200 }) => status === 401).map((exchange) => fates.indexOf(exchange))
    const report = JSON.stringify({ seed, ...outcome, refreshesSent: fates.length, refused, ...lost })
    expect(outcome.loggedOut, report).toEqual([])
    expect(outcome.sessions, report).toHaveLength(1)
    expect(refused, report).toEqual([])
    expect(Math.min(...Object.values(lost)), report).toBeGreaterThan(0)
    for (const phase of phases) expect(outcome.killed[phase], `${phase}: ${report}`).toBeGreaterThan(0)
    // One login, and each process that refreshed continued that session.
    const { authorization_created, authorization_rotated, authorization_reused = 0 } = await server.auditCounts()
    expect({ authorization_created, authorization_reused }, report).toEqual({
      authorization_created: 1,
      authorization_reused: 0,
    })
    expect(authorization_rotated, report).toBeGreaterThanOrEqual(refreshes)
  },
  limitMilliseconds,
)
