import { ClientRefused, type Transport, TransportFault } from '../transport/http.ts'
import type { Endpoints } from './metadata.ts'

/**
 * The client that the API's own program is at the issuer: it introspects tokens and reads revocations.
 *
 * @example
 * ```ts
 * import type { ClientIdentity } from '@countersign/verifier'
 *
 * const client: ClientIdentity = { id: '0068f2a1b30c9d4e7f8a1b', secret: 'cs_key_…' }
 * ```
 */
export interface ClientIdentity {
  /** Its id. */
  readonly id: string
  /** Its secret. It is sent to the issuer alone. */
  readonly secret: string
}

/** A token that ends within this time is not used any more. */
const marginSeconds = 5

/** Requests that the issuer answers to a client with a secret. */
export interface IssuerClient {
  /** The introspection response (RFC 7662 §2.2). @throws TransportFault */
  introspect(token: string): Promise<Readonly<Record<string, unknown>>>
  /** A token that reads the revocations (RFC 6749 §4.4). @throws TransportFault */
  feedToken(): Promise<string>
  /** Called when the issuer refused the token. */
  dropFeedToken(): void
}

export function issuerClient(
  { id, secret }: ClientIdentity,
  endpoints: () => Promise<Endpoints>,
  transport: Transport,
): IssuerClient {
  const { clock } = transport
  // RFC 6749 §2.3.1: each part is form-encoded before they are joined.
  const authorization = `Basic ${btoa(`${encoded(id)}:${encoded(secret)}`)}`
  const post = async (url: string, form: Readonly<Record<string, string>>) => {
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
    try {
      return await transport.json(url, { method: 'POST', headers, body: new URLSearchParams(form).toString() })
    } catch (error) {
      if (!(error instanceof TransportFault) || ![400, 401, 403].includes(error.status ?? 0)) throw error
      throw new ClientRefused('the issuer refuses the verifier’s client', error.status)
    }
  }
  let token: { readonly text: string; readonly until: number } | undefined
  return {
    introspect: async (presented) => post((await endpoints()).introspection, { token: presented }),
    async feedToken() {
      if (token && clock.elapsedSeconds() < token.until) return token.text
      const askedAt = clock.elapsedSeconds()
      const body = await post((await endpoints()).token, {
        grant_type: 'client_credentials',
        scope: 'revocations:read',
      })
      const { access_token: text, expires_in: lifetime } = body
      if (typeof text !== 'string' || typeof lifetime !== 'number') {
        throw new TransportFault('the issuer responded without a token')
      }
      token = { text, until: askedAt + lifetime - marginSeconds }
      return text
    },
    dropFeedToken() {
      token = undefined
    },
  }
}

const encoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
