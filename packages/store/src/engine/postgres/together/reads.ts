import type { Bindable } from '../../statement.ts'
import { PostgresFault } from '../fault.ts'
import type { Query, Result, Session, Sessions } from '../session.ts'
import { Departures } from './departures.ts'

interface Waiting {
  readonly query: Query
  readonly answer: PromiseWithResolvers<Result>
}

/** So that connections that stall do not take the whole pool. */
const mostOnTheirWay = 4

/**
 * Short reads that are asked for together, and those that come while others are on their way. They are sent on one connection at once, so
 * that they cost one round trip and one system call. Equal ones are sent once. No answer is older than the sending, which comes after the
 * asking: so it shows all that was committed before.
 */
export class Reads {
  readonly #sessions: Sessions
  /** By the text of the statement, and then by its values. */
  #waiting = new Map<string, Map<string, Waiting>>()
  readonly #departures = new Departures(
    () => this.#waiting.size > 0,
    () => this.#send(),
    mostOnTheirWay,
  )

  constructor(sessions: Sessions) {
    this.#sessions = sessions
  }

  /** @throws PostgresFault */
  ask(query: Query): Promise<Result> {
    const alike = this.#waiting.get(query.text) ?? new Map<string, Waiting>()
    if (alike.size === 0) this.#waiting.set(query.text, alike)
    const key = keyOf(query)
    const asked = alike.get(key)
    if (asked !== undefined) return asked.answer.promise
    const answer = Promise.withResolvers<Result>()
    alike.set(key, { query, answer })
    this.#departures.announce()
    return answer.promise
  }

  #takeWaiting(): readonly Waiting[] {
    const waiting = [...this.#waiting.values()].flatMap((alike) => [...alike.values()])
    this.#waiting = new Map()
    return waiting
  }

  async #send(): Promise<void> {
    let session: Session
    try {
      session = await this.#sessions.take()
    } catch (error) {
      for (const { answer } of this.#takeWaiting()) answer.reject(error)
      return
    }
    const sent = this.#takeWaiting()
    // Another connection may have come first.
    if (sent.length === 0) session.release(false)
    else await this.#sendOn(session, sent)
  }

  /** Resolves when all are answered. */
  #sendOn(session: Session, sent: readonly Waiting[]): Promise<void> {
    const { promise, resolve: arrived } = Promise.withResolvers<void>()
    let open = sent.length
    let isBroken = false
    const done = (): void => {
      if (--open > 0) return
      session.release(isBroken)
      arrived()
    }
    for (const { query, answer } of sent)
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
    return promise
  }
}

/** With lengths: otherwise a value that a caller chose could reach into the next one. */
const keyOf = ({ values = [] }: Query): string => {
  const [only] = values
  if (values.length === 1 && typeof only === 'string') return `string ${only}`
  let key = ''
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
