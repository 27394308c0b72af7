import { parseArgs } from 'node:util'
import { type Campaign, columns, freshSeed, Progress, wholeNumber } from '../campaign/campaign.ts'
import { plantLines, plantNamed } from '../injected-faults/injected-fault.ts'
import { type FamiliesState, runFamilies } from './campaign.ts'
import { invariants, plants } from './invariants.ts'

const usage = `usage: pnpm campaign families [options]

Many callers refresh, retry, replay, revoke, log out and look at the tokens of the same login at once, over two servers on
one data folder, and at both refreshing paths. When a family has ended, its history is judged. It checks:
${columns(invariants)}
Exits 1 at the first loss.

  --seconds N     (default 60)
  --families N    families at once (default 50)
  --callers N     callers of each (default 20)
  --seed N        repeats what each caller chooses (default: the time)
  --plant NAME    puts a fault into the servers, to see that it is found:
${plantLines(plants)}
  --folder PATH   where the data is kept meanwhile (default: the system's temporary folder)
  --json          the summary as JSON, with the history of what was lost, for programs
  --help
`

async function run(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '60' },
      families: { type: 'string', default: '50' },
      callers: { type: 'string', default: '20' },
      seed: { type: 'string', default: freshSeed() },
      plant: { type: 'string' },
      folder: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const { folder, json } = values
  const plant = plantNamed(plants, values.plant)
  const [seconds, families, callers, seed] = (['seconds', 'families', 'callers', 'seed'] as const).map((name) =>
    wholeNumber(name, values[name]),
  ) as [number, number, number, number]
  if (families === 0 || callers === 0) throw new TypeError('there must be a family, and a caller')
  const progress = new Progress(100)
  const show = (state: FamiliesState) => progress.show(line(state))
  const state = await runFamilies({ seconds, families, callers, seed, plant, folder, progress: show })
  progress.end()
  if (json) console.log(JSON.stringify({ ...state, seed, seconds }))
  else {
    for (const { invariant, detail } of state.losses) console.log(`${invariant}: ${detail}`)
    console.log(`${line(state)} · seed ${seed} · ${seconds} s`)
  }
  return state.losses.length === 0
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
