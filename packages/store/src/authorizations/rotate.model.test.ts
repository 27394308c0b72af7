import assert from 'node:assert/strict'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import {
  digest,
  event,
  idOf,
  refresh,
  rotationAudit,
  session,
  start,
  withPrincipals,
} from '../conformance/scenario/fixtures.ts'
import { openStore, type StoreHandle } from '../open/open.ts'
import { temporaryFolder } from '../testing/folder.ts'

/** Refreshing as the architecture says it, in a dozen lines and without a database. */
class Model {
  generation = 0
  key = ''
  rotatedAt = 0
  from = ''
  repeats = 0
  revoked = false

  /** @param now the wall clock @param latest what windows and expiry are judged by */
  rotate({ generation, key, leeway, grace, from }: Presented, now: number, latest: number): string {
    if (generation > this.generation) return 'unknown'
    if (this.revoked || latest >= expiry) return 'inactive'
    if (generation === this.generation) {
      Object.assign(this, { generation: generation + 1, key, rotatedAt: now, from, repeats: 0 })
      return 'rotated'
    }
    if (generation === this.generation - 1) {
      const age = latest - this.rotatedAt
      const isRepeat = key === '' && grace > 0 && age <= grace && from !== '' && from === this.from
      if (isRepeat && this.repeats < mostRepeats) {
        this.repeats++
        return 'repeated'
      }
      if (key === '' && leeway > 0 && age <= leeway) return 'replayed'
      if (key !== '' && key === this.key) return age <= 60 ? 'replayed' : 'late'
    }
    this.revoked = true
    return 'reused'
  }
}

interface Presented {
  readonly generation: number
  readonly key: string
  readonly leeway: number
  readonly grace: number
  /** The address prefix; empty: not known. */
  readonly from: string
  /** Seconds that the clock goes on, or back. */
  readonly later: number
  readonly revoke: boolean
}

const expiry = start + 400
const mostRepeats = 3

/** Mostly what honest clients and their retries do, so that long chains come about; sometimes anything. */
const presented: fc.Arbitrary<Presented> = fc.record({
  generation: fc.integer({ min: 0, max: 5 }),
  key: fc.constantFrom('', 'a', 'b'),
  leeway: fc.constantFrom(0, 0, 30),
  grace: fc.constantFrom(0, 60, 60),
  from: fc.constantFrom('192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2', ''),
  later: fc.constantFrom(0, 0, 1, 29, 30, 31, 60, 61, -30, -70),
  revoke: fc.integer({ min: 0, max: 30 }).map((n) => n === 0),
})

describe('rotation and its model', () => {
  const folder = temporaryFolder()
  let store: StoreHandle
  let sessions = 0
  beforeAll(async () => {
    store = await openStore({ path: folder.file('a.db') })
    await withPrincipals(store)
  })
  afterAll(async () => {
    await store.close()
    folder[Symbol.dispose]()
  })

  const run = async (steps: readonly Presented[], together: boolean): Promise<void> => {
    const n = ++sessions
    const model = new Model()
    await store.authorizations.create(session(n, { expiresAt: expiry }), event('authorization_created'))
    const expected: string[] = []
    const answers: Promise<string>[] = []
    let now = start
    let latest = start
    for (const step of steps) {
      now += step.later
      latest = Math.max(latest, now)
      if (step.revoke) {
        expected.push(model.revoked ? 'unchanged' : 'revoked')
        model.revoked = true
        answers.push(store.authorizations.revoke(idOf(n), now, event('authorization_revoked')))
      }
      // Half of what is presented is the current generation or its predecessor.
      const generation =
        step.generation % 2 === 0 ? Math.max(0, model.generation - step.generation / 2) : step.generation
      expected.push(model.rotate({ ...step, generation }, now, latest))
      const retryKeyDigest = step.key === '' ? undefined : digest(step.key)
      const command = refresh(n, {
        generation,
        now,
        latest,
        retryKeyDigest,
        from: step.from || undefined,
        reuseLeewaySeconds: step.leeway,
        reuseGrace: { seconds: step.grace, repeats: mostRepeats },
      })
      const answer = store.authorizations.rotate(command, rotationAudit).then(({ outcome }) => outcome)
      answers.push(answer)
      if (!together) await answer
    }
    assert.deepEqual(await Promise.all(answers), expected)
    const { generation, revokedAt, repeats } = (await store.authorizations.find(idOf(n)))?.authorization ?? session(0)
    assert.deepEqual([generation, revokedAt !== undefined, repeats], [model.generation, model.revoked, model.repeats])
  }

  it('agree on every sequence of refreshes, retries, reuses and revocations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(presented, { maxLength: 12 }), (steps) => run(steps, false)),
      { numRuns: 60, seed: 1 },
    )
  })

  it('agree when all of them arrive at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(presented, { maxLength: 40 }), (steps) => run(steps, true)),
      { numRuns: 150, seed: 2 },
    )
  })
})
