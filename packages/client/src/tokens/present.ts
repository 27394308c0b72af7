import type { TokenSource } from '../session/token-source.ts'
import { untilAborted } from '../transport/single-flight.ts'
import type { Token } from '../transport/token.ts'

/** A 401, and whether another token could help. */
export interface Refusal {
  readonly response: Response
  readonly isAboutTheToken: boolean
}

/** When a request is sent again. */
export interface Repeating {
  /** Whether it can be sent again. If not, the token is replaced for later requests. */
  readonly isRepeatable?: boolean
  /** Judges a 401. It may read the response, and then returns one that can be read again. Default: every 401. */
  readonly judge?: (response: Response) => Promise<Refusal>
}

/**
 * Sends a request with a token, and once more with another token after a 401.
 *
 * @param attempt Sends the request.
 */
export async function present(
  source: Pick<TokenSource, 'token' | 'refused'>,
  { method, url, signal }: Request,
  attempt: (token: Token | undefined) => Promise<Response>,
  { isRepeatable = true, judge }: Repeating,
): Promise<Response> {
  const token = await untilAborted(() => source.token({ method, url }), signal)
  const response = await attempt(token)
  if (response.status !== 401 || !token) return response
  const refusal = judge ? await judge(response) : { response, isAboutTheToken: true }
  if (!refusal.isAboutTheToken) return refusal.response
  const fresh = await untilAborted(() => source.refused(token, { method, url }), signal)
  if (!fresh || !isRepeatable) return refusal.response
  await drop(refusal.response)
  return attempt(fresh)
}

/** Frees the connection of a response that is not used. How its body would have ended does not matter. */
export async function drop({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {})
}

/** Buffers the body, so that it can be sent twice. */
export async function bufferedBody(request: Request): Promise<ArrayBuffer | undefined> {
  if (request.method === 'GET' || request.method === 'HEAD' || request.body === null) return undefined
  return request.arrayBuffer()
}
