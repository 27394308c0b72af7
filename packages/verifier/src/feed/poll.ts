import type { IssuerClient } from '../issuer/client.ts'
import type { Endpoints } from '../issuer/metadata.ts'
import { type Transport, TransportFault } from '../transport/http.ts'
import { singleFlight } from '../transport/single-flight.ts'
import type { Feed } from './feed.ts'
import { FeedFault, type FeedPosition } from './position.ts'

const pageLimit = 1000
/** Pages of one poll. */
const mostPages = 10_000
/** After a fault. */
const pauseSeconds = 0.5

export interface PollDeps {
  readonly client: IssuerClient
  readonly endpoints: () => Promise<Endpoints>
  readonly transport: Transport
  readonly position: FeedPosition
  /** A poll is due when the last is older. */
  readonly everySeconds: number
  readonly onFault: (error: unknown) => void
}

/** Reads the feed in pages, whenever a token is verified and the last poll is too old. */
export function polledFeed({ client, endpoints, transport, position, everySeconds, onFault }: PollDeps): Feed {
  const { clock } = transport
  let nextAttemptAt = Number.NEGATIVE_INFINITY
  let isClosed = false

  const page = async (): Promise<boolean> => {
    const token = await client.feedToken()
    const { revocations } = await endpoints()
    const after = position.position
    const sentAt = clock.elapsedSeconds()
    const body = await transport.json(`${revocations}?after=${after}&limit=${pageLimit}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    })
    position.identify(body.feed)
    const { revocations: entries, next } = body
    if (!Array.isArray(entries)) throw new FeedFault('it is not a page')
    for (const entry of entries) position.entry(entry)
    if (entries.length === 0 && next === after) {
      position.complete(next, after, sentAt)
      return true
    }
    position.passed(next)
    return false
  }

  const pages = async (): Promise<void> => {
    for (let count = 0; count < mostPages; count += 1) if (await page()) return
  }

  const poll = singleFlight(async () => {
    const from = position.position
    try {
      await pages()
    } catch (error) {
      if (isStatus(error, 401)) client.dropFeedToken()
      if (isStatus(error, 410)) position.restart()
      onFault(error)
      // Another feed, or a position that is gone: it is read from the start at once.
      if (from > 0 && position.position === 0) await pages().catch(onFault)
      nextAttemptAt = clock.elapsedSeconds() + pauseSeconds
    }
  })

  return {
    get freshAsOf() {
      return position.freshAsOf
    },
    get id() {
      return position.feed
    },
    start: () => {},
    async settled() {
      const now = clock.elapsedSeconds()
      if (isClosed || now - position.freshAsOf <= everySeconds || now < nextAttemptAt) return
      await poll()
    },
    close() {
      isClosed = true
    },
  }
}

const isStatus = (error: unknown, status: number): boolean => error instanceof TransportFault && error.status === status
