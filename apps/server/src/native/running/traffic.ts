import type { Route } from '../../generated/index.ts'
import type { Observation } from '../../pipeline/pipeline.ts'

/** What the process has answered in one step. */
export interface Counts {
  issued: number
  refreshed: number
  refused: number
  failed_logins: number
  throttled: number
  failed: number
}

type Operation = Pick<Route, 'effects' | 'operationId'>
type Answered = Pick<Observation, 'response' | 'fault'> & { readonly route: Operation | undefined }

/** `false`: nothing that is counted. */
type Done = 'issued' | 'refreshed' | false

const none: Readonly<Counts> = { issued: 0, refreshed: 0, refused: 0, failed_logins: 0, throttled: 0, failed: 0 }
const minuteSeconds = 60
const keptMinutes = 24 * 60
const wrongSecrets: ReadonlySet<string> = new Set(['credentials_invalid', 'client_authentication_failed'])

/** Counts of each minute of the last day, in memory: at most 1,440 of them, whatever the load. They are lost at the end of the process. */
export class Traffic {
  readonly #now: () => number
  readonly #minutes = new Map<number, Counts>()
  /** What each operation does: its effects never change. */
  readonly #done = new WeakMap<Operation, Done>()
  /** When counting began, epoch seconds. */
  readonly since: number

  /** @param now Epoch seconds. */
  constructor(now: () => number) {
    this.#now = now
    this.since = now()
  }

  observe({ route, response: { status }, fault }: Answered): void {
    if (status < 400) {
      const done = route && this.#whatIsDone(route)
      if (done) this.#minute()[done]++
      return
    }
    if (status === 429) this.#minute().throttled++
    else if (status >= 500) this.#minute().failed++
    else if (status === 401 || status === 403) {
      const counts = this.#minute()
      counts.refused++
      if (fault && wrongSecrets.has(fault.code)) counts.failed_logins++
    }
  }

  /**
   * The counts of the last steps, oldest first. The last step is the present one.
   *
   * @param stepMinutes A step begins at a multiple of its length.
   */
  series(steps: number, stepMinutes: number): readonly (Counts & { readonly at: number })[] {
    const last = Math.floor(this.#minuteNow() / stepMinutes) * stepMinutes
    return Array.from({ length: steps }, (_, index) => {
      const first = last - (steps - 1 - index) * stepMinutes
      const sum = { ...none }
      for (let minute = first; minute < first + stepMinutes; minute++) add(sum, this.#minutes.get(minute) ?? none)
      return { at: first * minuteSeconds, ...sum }
    })
  }

  #whatIsDone(route: Operation): Done {
    const known = this.#done.get(route)
    if (known !== undefined) return known
    const done = whatIsDone(route)
    this.#done.set(route, done)
    return done
  }

  #minuteNow(): number {
    return Math.floor(this.#now() / minuteSeconds)
  }

  #minute(): Counts {
    const minute = this.#minuteNow()
    const known = this.#minutes.get(minute)
    if (known) return known
    for (const old of this.#minutes.keys()) if (old <= minute - keptMinutes) this.#minutes.delete(old)
    const counts = { ...none }
    this.#minutes.set(minute, counts)
    return counts
  }
}

const add = (sum: Counts, more: Readonly<Counts>): void => {
  for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += more[name]
}

/** An operation that does either, such as the token endpoint, issues. */
function whatIsDone({ effects, operationId }: Operation): Done {
  const issues = effects.some(({ does, what }) => does === 'makes' && (what === 'session' || what === 'token'))
  if (issues || operationId === 'issueToken') return 'issued'
  const refreshes = effects.some(
    ({ does, what, whose }) => does === 'changes' && what === 'session' && whose === 'this',
  )
  return refreshes ? 'refreshed' : false
}
