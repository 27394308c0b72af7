import { type Campaign, columns, Progress, tell } from '../campaign/campaign.ts'
import { readOptions, sharedHelp, wholeNumber } from '../campaign/options.ts'
import { engineHelp, givenHelp, onPlace, placeNamed } from '../campaign/place.ts'
import { type FamiliesState, runFamilies } from './campaign.ts'
import { injectedFaults, invariants } from './invariants.ts'

const usage = `usage: pnpm campaign families [options]

Many clients refresh, retry, replay, revoke, log out and use the tokens of the same login at once, over two servers on one
database, by the native API and by the OAuth endpoints. The answers about each family of tokens are checked at its end.
Checks:
${columns(invariants)}
Exits with 1 at the first violation. With --json, the summary has the history of the family.

  --seconds N     (default 60)
  --families N    families at once (default 50)
  --callers N     clients of each family (default 20)
  ${engineHelp}
  ${givenHelp}
${sharedHelp('the choices of each client', injectedFaults)}
`

async function run(args: readonly string[]): Promise<boolean> {
  const defaults = { seconds: '60', families: '50', callers: '20' }
  const where = ['engine', 'database-url', 'keep'] as const
  const { values, seed, fault, folder, json, place } = readOptions(args, defaults, injectedFaults, where)
  const number = (name: 'seconds' | 'families' | 'callers') => wholeNumber(name, values[name])
  const [seconds, families, callers] = [number('seconds'), number('families'), number('callers')]
  if (families === 0 || callers === 0) throw new TypeError('--families and --callers must be 1 or more')
  const asked = placeNamed(place, fault && injectedFaults[fault])
  const progress = new Progress(100)
  const show = (state: FamiliesState) => progress.show(line(state))
  return onPlace(asked, undefined, async (opened) => {
    const state = await runFamilies({ seconds, families, callers, seed, fault, folder, ...opened, progress: show })
    progress.end()
    const ofLoss = ({ invariant, detail }: (typeof state.losses)[number]) => `${invariant}: ${detail}`
    return tell(state, { json, seed, seconds, line: line(state), ofLoss })
  })
}

const line = ({ tally, losses }: FamiliesState): string =>
  `${tally.families} families (${tally.ended} ended) · ${tally.operations} operations · ${tally.rotations} rotations · ` +
  `${tally.retries} retries · ${losses.length} lost`

export const families: Campaign = {
  name: 'families',
  summary: 'refreshes, retries and revocations at once, over two servers: one order explains all answers (N-055)',
  usage,
  run,
}
