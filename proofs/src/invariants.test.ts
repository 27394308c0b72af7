import fc from 'fast-check'
import { expect, it } from 'vitest'
import { allCommands } from './model/commands.ts'
import type { RefreshOutcome } from './model/model.ts'
import { openBoth } from './model/real.ts'

/** A slice in CI; as many as wanted by `PROOF_RUNS=5000 pnpm vitest run --project proofs invariants`. */
const runs = Number(process.env.PROOF_RUNS ?? 60)

it(
  'I1 I2 I3 I4 I5 hold in any order of logins, refreshes, retries, reuses, revocations, role and password changes, clock steps, key rotations and restarts; N-213 the trail tells each change once',
  async () => {
    const tally = new Map<RefreshOutcome, number>()
    const property = fc.asyncProperty(fc.commands(weighted(), { maxCommands: 60, size: 'max' }), async (commands) => {
      const { model, real } = await openBoth(tally)
      try {
        await fc.asyncModelRun(() => ({ model, real }), commands)
      } finally {
        await real.world[Symbol.asyncDispose]()
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

/** `fc.commands` gives each of its arbitraries the same chance: those that come often stand in the list as often. */
const weighted = () => allCommands.flatMap(({ weight, arbitrary }) => Array(weight).fill(arbitrary))
