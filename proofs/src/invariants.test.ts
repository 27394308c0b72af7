import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allCommands, giveRole, login, refresh, rotateKeys, step } from './model/commands.ts'
import type { Model, RefreshOutcome } from './model/model.ts'
import { createPersonalToken } from './model/personal-tokens.ts'
import { openBoth, type Real } from './model/real.ts'

/** A slice in CI; as many as wanted by `PROOF_RUNS=5000 pnpm vitest run --project proofs invariants`. */
const runs = Number(process.env.PROOF_RUNS ?? 60)

it(
  'I1 I2 I3 I4 I5 hold in any order of logins, refreshes, retries, reuses, revocations, role and password changes, clock steps, key rotations and restarts; the trail tells each change once',
  async () => {
    const tally = new Map<RefreshOutcome, number>()
    const property = fc.asyncProperty(fc.commands(weighted(), { maxCommands: 60, size: 'max' }), async (commands) => {
      const { model, real } = await openBoth(tally)
      try {
        await fc.asyncModelRun(() => ({ model, real }), commands)
      } finally {
        await real.issuer[Symbol.asyncDispose]()
        real.observer[Symbol.dispose]()
      }
    })
    await fc.assert(property, { numRuns: runs })
    const outcomes = [
      ...(['rotated', 'replayed', 'repeated', 'late'] as const),
      ...(['refresh_token_reused', 'grant_invalid', 'scope_invalid'] as const),
    ]
    for (const outcome of outcomes) expect(tally.get(outcome) ?? 0, outcome).toBeGreaterThan(runs / 40)
  },
  30_000 + runs * 2000,
)

describe('a sequence that random generation produces too rarely', () => {
  it.each<[string, readonly fc.AsyncCommand<Model, Real>[]]>([
    // The keys of the login have signed nothing for 3,600 s, and its refresh token lives for 30 days.
    [
      'N-467 a login, and keys that are rotated twice, with more than the life of an access token in between',
      [
        login(0, 'jwt'),
        login(0, 'hex'),
        rotateKeys(),
        step(3960),
        rotateKeys(),
        refresh(1, 0, undefined, undefined),
        refresh(2, 0, undefined, undefined),
      ],
    ],
    [
      'N-467 the same, with the refresh in between',
      [
        login(0, 'jwt'),
        rotateKeys(),
        step(361),
        refresh(1, 0, undefined, undefined),
        step(3600),
        rotateKeys(),
        step(3960),
        rotateKeys(),
        refresh(1, 0, undefined, undefined),
      ],
    ],
    [
      'a personal token of a user who was demoted, and has the role back',
      [login(0, 'jwt'), giveRole(0, 'viewer'), createPersonalToken(1), giveRole(0, 'manager')],
    ],
  ])('%s', async (_, commands) => {
    const { model, real } = await openBoth(new Map())
    try {
      await fc.asyncModelRun(() => ({ model, real }), commands)
    } finally {
      await real.issuer[Symbol.asyncDispose]()
      real.observer[Symbol.dispose]()
    }
  })
})

/** `fc.commands` gives each of its arbitraries the same chance: those that come often stand in the list as often. */
const weighted = () => allCommands.flatMap(({ weight, arbitrary }) => Array(weight).fill(arbitrary))
