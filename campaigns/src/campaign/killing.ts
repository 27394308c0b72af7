// A campaign that kills the server again and again, as a command: its options, its progress, its last line.
import { parseArgs } from 'node:util'
import { type Plant, plantLines, plantNamed } from '../injected-faults/injected-fault.ts'
import { type Campaign, columns, freshSeed, Progress, wholeNumber } from './campaign.ts'

export interface KillingOptions<P extends string> {
  readonly kills: number
  readonly seed: number
  /** A fault to put into the server: the campaign counts only if it finds it. */
  readonly plant?: P | undefined
  /** Where the temporary folder is made. Default is the system's. */
  readonly folder?: string | undefined
  readonly progress: (state: KillingState) => void
}

/** One breach. It names things by their ids and shows no token. */
export interface Loss<Invariant extends string = string> {
  readonly kill: number
  readonly invariant: Invariant
  readonly detail: string
}

export interface KillingState<Invariant extends string = string> {
  readonly kills: number
  readonly tally: {
    readonly acknowledged: number
    /** Of what was not answered: how it was found after the restart. */
    readonly foundDone: number
    readonly foundUndone: number
  }
  readonly losses: readonly Loss<Invariant>[]
}

export interface KillingParts<Invariant extends string, P extends string> {
  readonly name: string
  readonly summary: string
  /** What it does, and when it kills. */
  readonly about: string
  readonly invariants: Readonly<Record<Invariant, string>>
  readonly plants: Readonly<Record<P, Plant<Invariant>>>
  run(options: KillingOptions<P>): Promise<KillingState<Invariant>>
}

export function killingCampaign<I extends string, P extends string>(parts: KillingParts<I, P>): Campaign {
  const { name, summary, plants } = parts
  const usage = `usage: pnpm campaign ${name} [options]

${parts.about} It checks:
${columns(parts.invariants)}
Exits 1 at the first loss.

  --kills N       (default 200)
  --seed N        repeats when kills strike and what is chosen (default: the time)
  --plant NAME    puts a fault into the server, to see that it is found:
${plantLines(plants)}
  --folder PATH   where the data is kept meanwhile (default: the system's temporary folder)
  --json          the summary as JSON, for programs
  --help
`
  async function run(args: readonly string[]): Promise<boolean> {
    const { values } = parseArgs({
      args: [...args],
      options: {
        kills: { type: 'string', default: '200' },
        seed: { type: 'string', default: freshSeed() },
        plant: { type: 'string' },
        folder: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    const { folder, json } = values
    const plant = plantNamed(plants, values.plant)
    const kills = wholeNumber('kills', values.kills)
    const seed = wholeNumber('seed', values.seed)
    const progress = new Progress(10)
    const began = performance.now()
    const state = await parts.run({
      kills,
      seed,
      plant,
      folder,
      progress: (state) => progress.show(line(state, kills)),
    })
    progress.end()
    const seconds = Math.round((performance.now() - began) / 1000)
    if (json) console.log(JSON.stringify({ ...state, seed, seconds }))
    else {
      for (const { kill, invariant, detail } of state.losses)
        console.log(`kill ${kill}: ${invariant} broken: ${detail}`)
      console.log(`${line(state, kills)} · seed ${seed} · ${seconds} s`)
    }
    return state.losses.length === 0
  }

  return { name, summary, usage, run }
}

const line = ({ kills, tally, losses }: KillingState, of: number): string =>
  `kill ${kills}/${of} · ${tally.acknowledged} acknowledged · ${tally.foundDone + tally.foundUndone} unanswered ` +
  `(${tally.foundDone} found done, ${tally.foundUndone} undone) · ${losses.length} lost`
