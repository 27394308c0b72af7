import { type Campaign, columns, Progress, tell } from '../campaign/campaign.ts'
import { readOptions, sharedHelp, wholeNumber } from '../campaign/options.ts'
import { type FeedState, runFeed } from './campaign.ts'
import { injectedFaults, invariants } from './invariants.ts'
import { boundWords } from './watch.ts'

const usage = `usage: pnpm campaign feed [options]

Three verifiers, with closed, introspect and open, read the revocation feed through a proxy that cuts and delays connections,
sends earlier bytes of the stream again, and changes the order of its events. Meanwhile tokens end in every way, and the server
is killed with SIGKILL, restarted, and restored from a backup. The bound is ${boundWords}.
Checks:
${columns(invariants)}
Exits with 1 at the first violation.

  --seconds N     (default 300)
${sharedHelp('the choices of ends and faults', injectedFaults)}
`

async function run(args: readonly string[]): Promise<boolean> {
  const { values, seed, fault, folder, json } = readOptions(args, { seconds: '300' }, injectedFaults)
  const seconds = wholeNumber('seconds', values.seconds)
  const progress = new Progress(20)
  const state = await runFeed({ seconds, seed, fault, folder, progress: (now) => progress.show(line(now)) })
  progress.end()
  const ofLoss = ({ invariant, detail }: (typeof state.losses)[number]) => `${invariant}: ${detail}`
  return tell(state, { json, seed, seconds, line: line(state), ofLoss })
}

const line = ({ tally, losses }: FeedState): string =>
  `${tally.tokens} tokens (${tally.ends} ended) · ${tally.accepted} accepted, ${tally.refused} refused · ` +
  `${tally.cuts} cuts, ${tally.delays} delays, ${tally.replays} replays, ${tally.reorderings} reorderings · ` +
  `${tally.kills} kills, ${tally.restores} restores · ${losses.length} lost`

export const feed: Campaign = {
  name: 'feed',
  summary:
    'a feed that is cut, delayed, replayed and reordered, a server that is killed and restored: the bound is kept',
  usage,
  run,
}
