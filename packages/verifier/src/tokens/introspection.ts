import type { IssuerClient } from '../issuer/client.ts'
import type { Clock } from '../model/clock.ts'
import { TransportFault } from '../transport/http.ts'
import { type Checked, isMeantFor, readClaims } from './claims.ts'

export interface IntrospectionTerms {
  readonly issuer: string
  readonly resource: string
  readonly clock: Clock
  /** A request that was sent longer ago is not joined: its answer may be older than what is permitted. */
  readonly maxStalenessSeconds: number
}

export interface IntrospectionAnswer {
  /** `undefined` if the token is not active, or not an access token for this API. */
  readonly checked: Checked | undefined
  /** The elapsed seconds at which the request was sent. */
  readonly askedAt: number
}

interface Running {
  readonly revision: number
  readonly askedAt: number
  readonly answer: Promise<IntrospectionAnswer>
}

/**
 * Asks the issuer about a token (RFC 7662 §2). Requests for the same token at the same time are one.
 *
 * @throws TransportFault
 */
export function introspector(
  client: IssuerClient,
  { issuer, resource, clock, maxStalenessSeconds }: IntrospectionTerms,
): (token: string, revision: number) => Promise<IntrospectionAnswer> {
  const running = new Map<string, Running>()
  const ask = async (token: string): Promise<Checked | undefined> => {
    const response = await client.introspect(token)
    if (typeof response.active !== 'boolean') throw new TransportFault('the issuer’s introspection is malformed')
    // A client is also told of its own refresh tokens, and of its own tokens for other APIs.
    if (!response.active || response.token_type !== 'Bearer') return undefined
    if (response.iss !== issuer || !isMeantFor(response.aud, resource)) return undefined
    return readClaims(response, issuer, resource)
  }
  return (token, revision) => {
    const joined = running.get(token)
    const askedAt = clock.elapsedSeconds()
    // A request that was sent before a revocation was known, or long ago, may have been answered before the token ended.
    if (joined && joined.revision === revision && askedAt - joined.askedAt <= maxStalenessSeconds) return joined.answer
    const answer = ask(token)
      .then((checked) => ({ checked, askedAt }))
      .finally(() => {
        if (running.get(token)?.answer === answer) running.delete(token)
      })
    running.set(token, { revision, askedAt, answer })
    return answer
  }
}
