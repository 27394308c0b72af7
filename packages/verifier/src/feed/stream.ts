import type { IssuerClient } from '../issuer/client.ts'
import type { Endpoints } from '../issuer/metadata.ts'
import { ClientRefused, isRecord, type Transport, TransportFault } from '../transport/http.ts'
import { EventParser } from './event-parser.ts'
import type { Feed } from './feed.ts'
import { FeedFault, type FeedPosition } from './position.ts'

/** A stream without an event for this long is taken for dead: a heartbeat comes every second. */
const quietSeconds = 2.5
const firstPauseSeconds = 0.1
const longestPauseSeconds = 2
/** After a refusal of the verifier's own credentials: its repetition would be throttled. */
const refusedPauseSeconds = 30

export interface StreamDeps {
  readonly client: IssuerClient
  readonly endpoints: () => Promise<Endpoints>
  readonly transport: Transport
  readonly position: FeedPosition
  readonly onFault: (error: unknown) => void
  /** From 0 up to, but not including, 1. */
  readonly random: () => number
}

/** Reads the feed as a stream of events, and connects again whenever it ends (HTML §9.2). */
export function streamedFeed({ client, endpoints, transport, position, onFault, random }: StreamDeps): Feed {
  const { clock } = transport
  const closing = new AbortController()
  let isReading = false
  let settle: () => void = () => {}
  const settled = new Promise<void>((resolve) => {
    settle = resolve
  })

  /** Reads one stream until it ends. */
  async function readOnce(): Promise<void> {
    const token = await client.feedToken()
    const { revocations } = await endpoints()
    const end = new AbortController()
    const forward = () => end.abort(closing.signal.reason)
    if (closing.signal.aborted) return
    closing.signal.addEventListener('abort', forward)
    const sentAt = clock.elapsedSeconds()
    try {
      const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
      const response = await transport.open(`${revocations}?after=${position.position}`, { headers }, end.signal)
      if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) {
        throw new FeedFault('it is not a stream')
      }
      await events(response.body.getReader(), sentAt, end)
    } catch (error) {
      if (error instanceof TransportFault && error.status === 401) client.dropFeedToken()
      if (error instanceof TransportFault && error.status === 410) position.restart()
      throw error
    } finally {
      closing.signal.removeEventListener('abort', forward)
      end.abort()
    }
  }

  async function events(reader: ReadableStreamDefaultReader<Uint8Array>, sentAt: number, end: AbortController) {
    const parser = new EventParser()
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    let isIdentified = false
    for (;;) {
      const part = await withinQuietTime(() => reader.read(), end)
      if (part.done) return
      for (const { event, data } of parser.push(decoder.decode(part.value, { stream: true }))) {
        const value = parsed(data)
        // Entries of an unknown feed do not count.
        if (event !== 'feed' && !isIdentified) throw new FeedFault('it does not say which feed it is')
        if (event === 'feed') {
          position.identify(value.feed)
          isIdentified = true
        } else if (event === 'revocation') {
          position.entry(value, value.after)
        } else if (event === 'heartbeat') {
          const { elapsed_ms: elapsed } = value
          if (typeof elapsed !== 'number' || !(elapsed >= 0)) throw new FeedFault('it is not a heartbeat')
          position.complete(value.next, value.after, sentAt + elapsed / 1000)
          settle()
        }
      }
    }
  }

  async function withinQuietTime<Result>(work: () => Promise<Result>, end: AbortController): Promise<Result> {
    const wait = new AbortController()
    void clock.wait(quietSeconds, wait.signal).then(() => {
      if (!wait.signal.aborted) end.abort(new FeedFault('it is quiet'))
    })
    try {
      return await work()
    } finally {
      wait.abort()
    }
  }

  async function read(): Promise<void> {
    let pause = firstPauseSeconds
    while (!closing.signal.aborted) {
      const before = position.freshAsOf
      let isRefused = false
      try {
        await readOnce()
      } catch (error) {
        isRefused = error instanceof ClientRefused || (error instanceof TransportFault && error.status === 403)
        if (!closing.signal.aborted) onFault(error)
      }
      settle()
      if (position.freshAsOf > before) pause = firstPauseSeconds
      await clock.wait((isRefused ? refusedPauseSeconds : pause) * (0.5 + random() / 2), closing.signal)
      pause = Math.min(pause * 2, longestPauseSeconds)
    }
  }

  return {
    get freshAsOf() {
      return position.freshAsOf
    },
    get id() {
      return position.feed
    },
    start() {
      if (isReading) return
      isReading = true
      void read()
    },
    settled: () => settled,
    close() {
      closing.abort()
      settle()
    },
  }
}

export function parsed(data: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(data)
    if (isRecord(value)) return value
  } catch {
    // The message of a syntax error would quote the data.
  }
  throw new FeedFault('it is not a JSON object')
}
