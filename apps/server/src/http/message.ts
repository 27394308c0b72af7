// The two values of the HTTP layer: request and response. Pipeline and handlers use these and know nothing of Express,
// node:http or sockets; the bindings (`express.ts`, `node.ts`) only translate.
import type { Random } from '@countersign/core'
import { RequestError } from './errors.ts'

/**
 * Header values by lower-case name, as `node:http` joins them. Of some repeated headers only the first value is kept.
 */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

export interface RequestValue {
  /** As sent; compared exactly (RFC 9110 §9.1). */
  readonly method: string
  /** As sent: not decoded, without the query. */
  readonly path: string
  /** As sent: not decoded, without the question mark; may be empty. */
  readonly query: string
  readonly headers: RequestHeaders
  /** Name, value, name, value, … as received. Only here are repeated headers visible. */
  readonly rawHeaders: readonly string[]
  /** The peer's address of this connection. Forwarding headers are not evaluated here. */
  readonly remoteAddress: string
  /** Whether this connection uses TLS. */
  readonly encrypted: boolean
  /** Aborts if the client disconnects before it was answered. */
  readonly signal: AbortSignal
  /** Whether the client has disconnected. */
  readonly aborted: boolean
  /** The client's `X-Request-Id` if it is safe to log and to echo, otherwise a new one. */
  readonly requestId: string
  /**
   * Reads the body. It is read once; later calls return the same.
   *
   * @returns `undefined` if no byte was sent.
   * @throws RequestError `body_too_large`, `media_type_unsupported` (a content coding).
   * @throws RequestAborted if the client disconnects before it sent everything.
   */
  body(): Promise<Buffer | undefined>
}

export type ResponseHeaders = Readonly<Record<string, string | number | readonly string[]>>

export interface ResponseValue {
  readonly status: number
  /** Lower-case names. The binding adds `content-length`. */
  readonly headers: ResponseHeaders
  /** Parts that come one after the other make a response without a length, which the client or the maker ends. */
  readonly body: Uint8Array | string | AsyncIterable<string> | undefined
}

/** Whether a body comes in parts. */
export const isInParts = (body: unknown): body is AsyncIterable<string> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body

/** Called by bindings. Answers every request and never throws; a thrown error is a defect. */
export type Handle = (request: RequestValue) => Promise<ResponseValue>

const harmlessRequestId = /^[A-Za-z0-9-]{1,64}$/

/** Keeps the client's request id if it is safe in a log line and a header; otherwise creates one of 128 random bits. */
export function chooseRequestId(given: string | string[] | undefined, random: Random): string {
  if (typeof given === 'string' && harmlessRequestId.test(given)) return given
  return Buffer.from(random.bytes(16)).toString('hex')
}

/** All values of a header in order, from `rawHeaders`. `name` is lower case. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i] as string
    // Compare lengths first: lower-casing every name of every request would cost more than the rest of the parsing.
    if (candidate.length === name.length && candidate.toLowerCase() === name) values.push(rawHeaders[i + 1] as string)
  }
  return values
}

/**
 * Refuses a request with two hosts: `node:http` keeps the first, and a proxy in front may have used the second (RFC
 * 9112 §3.2). `listen.ts` does so too; this check is for an application that mounts the pipeline behind its own
 * listener.
 *
 * @throws RequestError `request_invalid`.
 */
export function refuseRepeatedHost(request: Pick<RequestValue, 'rawHeaders'>): void {
  if (headerValues(request.rawHeaders, 'host').length > 1) {
    throw new RequestError('request_invalid', 'The request has more than one Host header.')
  }
}

/**
 * Splits a request target into path and query, both as sent. Scheme and authority of the absolute form, which a server
 * must accept, are dropped: the public origin comes from configuration, never from the request (RFC 9112 §3.2.2).
 */
export function splitTarget(target: string): { path: string; query: string } {
  const origin = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '')
  const mark = origin.indexOf('?')
  if (mark < 0) return { path: origin, query: '' }
  return { path: origin.slice(0, mark), query: origin.slice(mark + 1) }
}
