import type { Scenario } from '../scenario/scenario.ts'
import { contended } from './contended.ts'

/** What units do at the same time, and as often as an engine likes to run them: see `Engine.write`. */
export const isolationScenarios = (scenario: Scenario): void => {
  for (const { name, run } of contended) scenario(`concurrently and twice: ${name}`, ({ store }) => run(store))
}
