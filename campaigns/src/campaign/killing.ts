// A campaign that kills the server again and again, as a command.
import type { InjectedFault } from '../injected-faults/injected-fault.ts'
import { type Campaign, columns, Progress, tell } from './campaign.ts'
import { readOptions, sharedHelp, wholeNumber } from './options.ts'
import { engineHelp, givenHelp, onPlace, type Place, placeNamed } from './place.ts'

export interface KillingOptions<F extends string> extends Place {
  readonly kills: number
  readonly seed: number
  /** A fault to inject into the server. A campaign is valid only if it finds each fault. */
  readonly fault?: F | undefined
  /** Where the temporary folder is made. Default is the system's. */
  readonly folder?: string | undefined
  readonly progress: (state: KillingState) => void
}

/** One violated invariant. It names things by id and shows no token. */
export interface Loss<Invariant extends string = string> {
  readonly kill: number
  readonly invariant: Invariant
  readonly detail: string
}

export interface KillingState<Invariant extends string = string> {
  readonly kills: number
  readonly tally: {
    readonly acknowledged: number
    /** The requests without an answer, by what the restarted server shows. */
    readonly foundDone: number
    readonly foundUndone: number
  }
  readonly losses: readonly Loss<Invariant>[]
  /** The longest time from the end of a fault to the first request that succeeded, where that is measured. */
  readonly slowestRecoveryMilliseconds?: number
  /** The longest time from the death of a database to the first moment when each server is ready with the one that was promoted. */
  readonly slowestPromotionMilliseconds?: number
}

export interface KillingParts<Invariant extends string, F extends string> {
  readonly name: string
  readonly summary: string
  /** What the campaign does, and when it kills. */
  readonly about: string
  readonly invariants: Readonly<Record<Invariant, string>>
  readonly injectedFaults: Readonly<Record<F, InjectedFault<Invariant>>>
  /** Whether it runs on the engine that is asked for. Default is false: it has a database of its own. */
  readonly onEachEngine?: boolean
  /** What it does not do on a database server that others run. */
  readonly notOnGiven: string
  run(options: KillingOptions<F>): Promise<KillingState<Invariant>>
}

export function killingCampaign<I extends string, F extends string>(parts: KillingParts<I, F>): Campaign {
  const { name, summary, injectedFaults, onEachEngine = false, notOnGiven } = parts
  const usage = `usage: pnpm campaign ${name} [options]

${parts.about} Checks:
${columns(parts.invariants)}
Exits with 1 at the first violation.

  --kills N       (default 200)
${onEachEngine ? `  ${engineHelp}\n` : ''}  ${givenHelp}
${sharedHelp('the times of the kills and the choices of the clients', injectedFaults)}
`
  async function run(args: readonly string[]): Promise<boolean> {
    const where = [...(onEachEngine ? (['engine'] as const) : []), 'database-url', 'keep'] as const
    const { values, seed, fault, folder, json, place } = readOptions(args, { kills: '200' }, injectedFaults, where)
    const kills = wholeNumber('kills', values.kills)
    const asked = placeNamed(place, fault && injectedFaults[fault])
    const progress = new Progress(10)
    const began = performance.now()
    const show = (state: KillingState) => progress.show(line(state, kills))
    return onPlace(asked, notOnGiven, async (opened) => {
      const state = await parts.run({ kills, seed, fault, folder, ...opened, progress: show })
      progress.end()
      const seconds = Math.round((performance.now() - began) / 1000)
      const ofLoss = ({ kill, invariant, detail }: Loss) => `kill ${kill}: ${invariant} broken: ${detail}`
      return tell(state, { json, seed, seconds, line: line(state, kills), ofLoss })
    })
  }

  return { name, summary, usage, run }
}

const line = (state: KillingState, of: number): string => {
  const { kills, tally, losses } = state
  const { slowestRecoveryMilliseconds: recovery, slowestPromotionMilliseconds: promotion } = state
  return (
    `kill ${kills}/${of} · ${tally.acknowledged} acknowledged · ${tally.foundDone + tally.foundUndone} unanswered ` +
    `(${tally.foundDone} found done, ${tally.foundUndone} undone) · ${losses.length} lost` +
    (recovery === undefined ? '' : ` · ready again after ${Math.round(recovery)} ms at most`) +
    (promotion === undefined ? '' : `, with a promotion after ${Math.round(promotion)} ms`)
  )
}
