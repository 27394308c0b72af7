import type { Unit } from '../../engine.ts'
import type { Sessions } from '../session.ts'
import type { Statements } from '../statements.ts'
import { type Beginning, runUnit } from '../units.ts'
import { Departures } from './departures.ts'
import { runTogether, type TogetherOutcome } from './run-together.ts'

/** With one alone, a connection that stalls would stop every unit. */
const mostOnTheirWay = 2
/** So that a transaction holds its locks for a few milliseconds. */
const mostTogether = 64

interface Waiting {
  readonly unit: Unit<unknown>
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * Brief units that arrive together, and those that arrive while others are on their way, share a transaction. Each entry of the audit
 * trail is alone on the trail until the commit is on disk. So transactions with an entry follow each other, and their number is bounded by
 * the disk, whatever the number of units.
 *
 * If one of them fails, or does not change the row that it is expected to change, nothing of any was committed. Then each is run again by
 * itself, unless all of them wait for a lock that was not given in time: by themselves they would take every connection, and wait as long.
 */
export class BriefUnits {
  readonly #sessions: Sessions
  readonly #statements: Statements
  readonly #beginning: Beginning
  #waiting: Waiting[] = []
  readonly #departures = new Departures(
    () => this.#waiting.length > 0,
    () => this.#send(this.#waiting.splice(0, mostTogether)),
    mostOnTheirWay,
  )

  constructor(sessions: Sessions, statements: Statements, beginning: Beginning) {
    this.#sessions = sessions
    this.#statements = statements
    this.#beginning = beginning
  }

  /** @throws PostgresFault; what the unit throws. */
  run<T>(unit: Unit<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ unit, resolve, reject })
      this.#departures.announce()
    })
  }

  async #send(together: readonly Waiting[]): Promise<void> {
    if (together.length > 1 && (await this.#isDoneTogether(together))) return
    await Promise.all(together.map((one) => this.#sendAlone(one)))
  }

  async #isDoneTogether(together: readonly Waiting[]): Promise<boolean> {
    const units = together.map(({ unit }) => unit)
    let outcome: TogetherOutcome
    try {
      outcome = await runTogether(this.#sessions, this.#statements, this.#beginning, units)
    } catch (error) {
      // There is no connection. Those that wait would wait as long, one transaction after the other.
      for (const { reject } of [...together, ...this.#waiting.splice(0)]) reject(error)
      return true
    }
    if ('results' in outcome) {
      for (const [place, result] of outcome.results.entries()) {
        if (result.status === 'fulfilled') together[place]?.resolve(result.value as never)
        else together[place]?.reject(result.reason)
      }
    } else if (outcome.isFinal) for (const { reject } of together) reject(outcome.fault)
    else return false
    return true
  }

  async #sendAlone({ unit, resolve, reject }: Waiting): Promise<void> {
    try {
      resolve((await runUnit(this.#sessions, this.#statements, this.#beginning, [], unit)) as never)
    } catch (error) {
      reject(error)
    }
  }
}
