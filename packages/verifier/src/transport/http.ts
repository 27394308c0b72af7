import type { Clock } from '../model/clock.ts'

/**
 * The subset of `fetch` that the verifier calls.
 *
 * @example
 * ```ts
 * import type { Fetch } from '@countersign/verifier'
 *
 * const counted = { requests: 0 }
 * const counting: Fetch = (input, init) => {
 *   counted.requests += 1
 *   return fetch(input, init)
 * }
 * ```
 */
export type Fetch = (input: string, init?: RequestInit) => Promise<Response>

/** The issuer did not respond, or not as documented. */
export class TransportFault extends Error {
  override readonly name = 'TransportFault'
  /** The status of a complete response. */
  readonly status: number | undefined

  constructor(message: string, status?: number, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.status = status
  }
}

/** The issuer refused the verifier's own credentials, or what they ask for (RFC 6749 §5.2). */
export class ClientRefused extends TransportFault {}

/** The largest document that is read. */
const longestBytes = 1 << 20

export interface Transport {
  readonly clock: Clock
  /** @returns The parsed body of a response 200. @throws TransportFault */
  json(url: string, init?: RequestInit): Promise<Readonly<Record<string, unknown>>>
  /** @returns A response 200 whose body is not read yet. @throws TransportFault */
  open(url: string, init: RequestInit, signal: AbortSignal): Promise<Response>
}

/**
 * Requests to the issuer. Redirects are not followed, because a redirect could send credentials elsewhere. Time and size
 * of a response are limited. Messages of errors name no value that was sent.
 */
export function transport(send: Fetch, clock: Clock, timeoutSeconds: number): Transport {
  const request = async (url: string, init: RequestInit, signal: AbortSignal): Promise<Response> => {
    let response: Response
    try {
      response = await send(url, { ...init, redirect: 'manual', signal })
    } catch (error) {
      throw new TransportFault('the issuer does not respond', undefined, error)
    }
    if (response.status === 200) return response
    await response.body?.cancel()
    throw new TransportFault(`the issuer responded ${response.status}`, response.status)
  }
  const within = async <Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> => {
    const end = new AbortController()
    const wait = new AbortController()
    void clock.wait(timeoutSeconds, wait.signal).then(() => {
      if (!wait.signal.aborted) end.abort(new TransportFault('the issuer does not respond in time'))
    })
    try {
      return await work(end.signal)
    } finally {
      wait.abort()
    }
  }
  return {
    clock,
    json: (url, init = {}) =>
      within(async (signal) => {
        const text = await bounded(await request(url, init, signal))
        try {
          const body: unknown = JSON.parse(text)
          if (isRecord(body)) return body
        } catch {
          // The message of a syntax error would quote the document.
        }
        throw new TransportFault('the issuer responded with something that is not a JSON object')
      }),
    open: async (url, init, signal) => {
      const opening = new AbortController()
      const forward = () => opening.abort(signal.reason)
      if (signal.aborted) forward()
      signal.addEventListener('abort', forward)
      return within(async (late) => {
        const end = () => opening.abort(late.reason)
        late.addEventListener('abort', end)
        try {
          return await request(url, init, opening.signal)
        } finally {
          late.removeEventListener('abort', end)
        }
      })
    },
  }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

async function bounded(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.byteLength
      if (bytes > longestBytes) throw new TransportFault('the issuer responded with too many bytes')
      text += decoder.decode(part.value, { stream: true })
    }
  } catch (error) {
    await reader.cancel().catch(() => {})
    throw error instanceof TransportFault
      ? error
      : new TransportFault('the issuer’s response is incomplete', undefined, error)
  }
  return text + decoder.decode()
}
