import { type Transport, TransportFault } from '../transport/http.ts'
import { restingFlight } from '../transport/single-flight.ts'
import { wellKnown } from '../transport/urls.ts'

/** Where the issuer is asked (RFC 8414 §2). */
export interface Endpoints {
  readonly jwks: string
  readonly introspection: string
  readonly token: string
  readonly revocations: string
}

/** How long the metadata is used before it is asked for again. */
const freshSeconds = 3600
/** How long the metadata is used on after a failed attempt to get it again. */
const retrySeconds = 60

/**
 * The issuer's metadata, by discovery (RFC 8414 §3). The last one is used on while the issuer is away.
 *
 * Each endpoint must have the issuer's origin: the verifier's secret is sent nowhere else.
 */
export function discovery(issuer: string, url: URL, transport: Transport): () => Promise<Endpoints> {
  const { clock } = transport
  let known: Endpoints | undefined
  let until = 0
  const fetchOnce = restingFlight(clock, async () => {
    const document = await transport.json(wellKnown(url, 'oauth-authorization-server'))
    // Otherwise the metadata of another issuer would be used (RFC 8414 §3.3).
    if (document.issuer !== issuer) throw new TransportFault('the metadata is of another issuer')
    const endpoint = (name: string): string => {
      const value = document[name]
      if (typeof value !== 'string' || !URL.canParse(value) || new URL(value).origin !== url.origin) {
        throw new TransportFault(`the metadata has no ${name} of the issuer’s origin`)
      }
      return value
    }
    known = {
      jwks: endpoint('jwks_uri'),
      introspection: endpoint('introspection_endpoint'),
      token: endpoint('token_endpoint'),
      revocations: `${issuer.replace(/\/$/, '')}/v1/revocations`,
    }
    until = clock.elapsedSeconds() + freshSeconds
    return known
  })
  return async () => {
    if (known && clock.elapsedSeconds() < until) return known
    try {
      return await fetchOnce()
    } catch (error) {
      if (!known) throw error
      until = clock.elapsedSeconds() + retrySeconds
      return known
    }
  }
}
