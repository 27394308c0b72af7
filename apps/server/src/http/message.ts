// The HTTP room's two values: a request comes in, a response goes out. Pipeline and handlers know these and
// nothing of Express, node:http or sockets; the bindings (`express.ts`, `node.ts`) translate and do nothing else.
import type { Random } from '@countersign/core'
import { RequestError } from './errors.ts'

/** Header values by lower-case name, as `node:http` joins them: of some repeated headers only the first is kept. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

export interface RequestValue {
  /** As sent; upper case by convention, and compared exactly (RFC 9110 §9.1). */
  readonly method: string
  /** As sent: not decoded, without the query. */
  readonly path: string
  /** As sent: not decoded, without the question mark; empty where there is none. */
  readonly query: string
  readonly headers: RequestHeaders
  /** Name, value, name, value, … as they came: the only place where a repeated header can be seen. */
  readonly rawHeaders: readonly string[]
  /** Address of the peer of this connection. Forwarding headers are not looked at here. */
  readonly remoteAddress: string
  /** Whether this connection is TLS. */
  readonly encrypted: boolean
  /** Aborts when the client goes away before it was answered. */
  readonly signal: AbortSignal
  /** The client's `X-Request-Id` where it is harmless, else a new one. Safe to log and to echo. */
  readonly requestId: string
  /** Reads the body, once; later calls answer the same.
   *
   * @returns `undefined` where no byte was sent.
   * @throws RequestError `body_too_large`, `media_type_unsupported` (a content coding).
   * @throws RequestAborted when the client goes before it sent everything.
   */
  body(): Promise<Buffer | undefined>
}

export type ResponseHeaders = Readonly<Record<string, string | number | readonly string[]>>

export interface ResponseValue {
  readonly status: number
  /** Lower-case names. `content-length` is the binding's to add. */
  readonly headers: ResponseHeaders
  readonly body: Uint8Array | string | undefined
}

/** What a binding calls. It answers everything and throws nothing: a thrown error is a defect of ours. */
export type Handle = (request: RequestValue) => Promise<ResponseValue>

const harmlessRequestId = /^[A-Za-z0-9-]{1,64}$/

/** Keeps the client's request id if it can do no harm in a log line or header, else makes one of 128 random bits. */
export function chooseRequestId(given: string | string[] | undefined, random: Random): string {
  if (typeof given === 'string' && harmlessRequestId.test(given)) return given
  return Buffer.from(random.bytes(16)).toString('hex')
}

/** All values of a header, in the order they came, of `rawHeaders`. `name` is lower case. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i] as string
    // Lengths first: lower-casing every name of every request would cost more than the rest of the parsing.
    if (candidate.length === name.length && candidate.toLowerCase() === name) values.push(rawHeaders[i + 1] as string)
  }
  return values
}

/** Refuses a request that names two hosts: `node:http` keeps the first and a proxy in front may have kept the second
 * (RFC 9112 §3.2). `listen.ts` does so already; this is for a server that mounted us under a listener of its own.
 *
 * @throws RequestError `request_invalid`.
 */
export function refuseRepeatedHost(request: Pick<RequestValue, 'rawHeaders'>): void {
  if (headerValues(request.rawHeaders, 'host').length > 1) {
    throw new RequestError('request_invalid', 'The request has more than one Host header.')
  }
}

/** Splits a request target into path and query, both as sent. The absolute form, which a server must accept, loses
 * its scheme and authority: whom we are is configuration, never what a client says (RFC 9112 §3.2.2). */
export function splitTarget(target: string): { path: string; query: string } {
  const origin = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '')
  const mark = origin.indexOf('?')
  if (mark < 0) return { path: origin, query: '' }
  return { path: origin.slice(0, mark), query: origin.slice(mark + 1) }
}
