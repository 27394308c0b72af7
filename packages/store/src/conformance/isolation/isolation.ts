import type { Scenario } from '../scenario/scenario.ts'
import type { Contended } from './contention.ts'
import { operation, trail } from './operation.ts'
import { authorizations, principals } from './principals.ts'

export const contended: readonly Contended[] = [...operation, ...trail, ...authorizations, ...principals]

/** What units do at the same time, and as often as an engine runs them: see `Engine.write`. */
export const isolationScenarios = (scenario: Scenario): void => {
  for (const { name, run } of contended) scenario(`concurrently and twice: ${name}`, ({ store }) => run(store))
}
