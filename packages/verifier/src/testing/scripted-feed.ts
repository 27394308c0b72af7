import type { ServerResponse } from 'node:http'
import { expect } from 'vitest'
import type { Received, ScriptedIssuer } from './scripted-issuer.ts'

/** A feed whose events a test writes one by one. */
export interface ScriptedFeed {
  /** The streams that were opened, in order, with the position that was asked for. */
  readonly streams: readonly Stream[]
  /** Resolves with the stream of this number, counted from 0, when it is opened. */
  opened(number: number): Promise<Stream>
}

export interface Stream {
  readonly after: number
  readonly request: Received
  event(event: string, data: unknown): void
  revocation(entry: { sequence: number; kind: string; id: string; after?: number }): void
  heartbeat(next: number, elapsedMs?: number): void
  raw(text: string): void
  /** Ends it properly, after this text. */
  end(text: string): void
  cut(): void
}

const path = '/v1/revocations'

export const farAhead = () => Math.floor(Date.now() / 1000) + 3600

/** @param feed The id that each stream begins with; `undefined`: none is written. */
export function scriptedFeed(issuer: ScriptedIssuer, feed: () => string | undefined = () => 'feed-1'): ScriptedFeed {
  const streams: Stream[] = []
  issuer.answers.set(path, (request, response) => {
    const after = Number(new URL(request.path, issuer.url).searchParams.get('after'))
    const stream = streamOf(request, response, after)
    const id = feed()
    if (id !== undefined) stream.event('feed', { feed: id, next: after })
    streams.push(stream)
  })
  return {
    streams,
    async opened(number) {
      await expect.poll(() => streams.length, { timeout: 10_000, interval: 5 }).toBeGreaterThan(number)
      return streams[number] as Stream
    },
  }
}

function streamOf(request: Received, response: ServerResponse, after: number): Stream {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  let position = after
  const event = (name: string, data: unknown) => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  return {
    after,
    request,
    event,
    revocation({ sequence, after: said = position, ...entry }) {
      event('revocation', { sequence, before: farAhead(), until: farAhead(), ...entry, after: said })
      position = sequence
    },
    heartbeat(next, elapsedMs = 0) {
      event('heartbeat', { next, after: position, elapsed_ms: elapsedMs })
      position = next
    },
    raw: (text) => response.write(text),
    end: (text) => response.end(text),
    cut: () => response.destroy(),
  }
}
