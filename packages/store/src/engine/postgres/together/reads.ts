import type { Bindable } from '../../statement.ts'
import { PostgresFault } from '../fault.ts'
import type { Query, Result, Sessions } from '../session.ts'

/** More would be smaller, and cost more. With one alone, a connection that stalls would stop every read. */
const mostOnTheirWay = 2

interface Waiting {
  readonly query: Query
  readonly answer: PromiseWithResolvers<Result>
}

/**
 * Short reads that are asked for together: those of one turn of the event loop, and those that come while they wait for a connection.
 * They are sent on one connection at once, so that they cost one round trip and one system call. Equal ones are sent once. No answer is
 * older than the sending, which comes after the asking: so it shows all that was committed before.
 */
export class Reads {
  readonly #sessions: Sessions
  #waiting = new Map<string, Waiting>()
  /** Whether a connection is being taken for those that wait. */
  #isDue = false
  #onTheirWay = 0

  constructor(sessions: Sessions) {
    this.#sessions = sessions
  }

  /** @throws PostgresFault */
  ask(query: Query): Promise<Result> {
    const key = keyOf(query)
    const asked = this.#waiting.get(key)
    if (asked !== undefined) return asked.answer.promise
    const answer = Promise.withResolvers<Result>()
    this.#waiting.set(key, { query, answer })
    this.#sendSoon()
    return answer.promise
  }

  /** Where so many are on their way, what is asked waits for the answers, and then goes together. */
  #sendSoon(): void {
    if (this.#isDue || this.#waiting.size === 0 || this.#onTheirWay >= mostOnTheirWay) return
    this.#isDue = true
    this.#onTheirWay++
    process.nextTick(() => void this.#send())
  }

  #arrived(): void {
    this.#onTheirWay--
    this.#sendSoon()
  }

  #takeWaiting(): readonly Waiting[] {
    this.#isDue = false
    const waiting = [...this.#waiting.values()]
    this.#waiting = new Map()
    return waiting
  }

  async #send(): Promise<void> {
    let session: Awaited<ReturnType<Sessions['take']>>
    try {
      session = await this.#sessions.take()
    } catch (error) {
      for (const { answer } of this.#takeWaiting()) answer.reject(error)
      this.#arrived()
      return
    }
    const sent = this.#takeWaiting()
    let open = sent.length
    let isBroken = false
    const done = (): void => {
      if (--open > 0) return
      session.release(isBroken)
      this.#arrived()
    }
    for (const { query, answer } of sent) {
      session.query(query).then(
        (result) => {
          done()
          answer.resolve(result)
        },
        (error: unknown) => {
          isBroken ||= error instanceof PostgresFault && error.isOfConnection
          done()
          answer.reject(error)
        },
      )
    }
  }
}

/** With lengths: otherwise a value that a caller chose could reach into the next one. */
const keyOf = ({ text, values = [] }: Query): string => {
  let key = text
  for (const value of values) {
    const own = textOf(value)
    key += `\0${typeof value} ${own.length} ${own}`
  }
  return key
}

const textOf = (value: Bindable): string =>
  value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')
    : `${value}`
