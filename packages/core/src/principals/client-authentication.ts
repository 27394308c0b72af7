import type { Circumstances, Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { CredentialRecord } from '../ports/clients.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { digest } from '../tokens/digest.ts'
import { looksLikeSecret } from '../tokens/secret-token.ts'

/** Authenticates registered software by id and secret (RFC 6749 §2.3.1). */
export class ClientAuthentication {
  readonly #deps: Pick<Domain, 'store' | 'clock'>
  readonly #throttle: Throttle

  constructor(deps: Pick<Domain, 'store' | 'clock'>, throttle: Throttle) {
    this.#deps = deps
    this.#throttle = throttle
  }

  /**
   * Two reads, no write if the secret is right. The secret is found by the digest of the whole of it, so that an unknown
   * client and a wrong secret are the same work and the same answer (I9, N-109).
   *
   * @throws AuthError `client_authentication_failed`, `throttled`.
   */
  async authenticate(
    credentials: { readonly clientId: string; readonly secret: string },
    circumstances: Circumstances,
  ): Promise<CredentialRecord> {
    const found = await this.#throttle.judge(`client:${credentials.clientId}`, circumstances, async () => {
      if (!looksLikeSecret(credentials.secret, 'key')) return undefined
      const record = await this.#deps.store.clients.findBySecret(digest(credentials.secret))
      return record && this.#mayUse(record, credentials.clientId) ? record : undefined
    })
    if (!found) throw new AuthError('client_authentication_failed')
    return found
  }

  #mayUse({ client, credential }: CredentialRecord, clientId: string): boolean {
    if (client.id !== clientId || client.disabledAt !== undefined || credential.revokedAt !== undefined) return false
    return credential.expiresAt === undefined || this.#deps.clock.latest() < credential.expiresAt
  }
}
