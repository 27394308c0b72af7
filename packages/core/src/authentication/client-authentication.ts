import type { Domain } from '../domain/domain.ts'
import type { Caller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import type { Subject } from '../model/principals/subject.ts'
import type { CredentialRecord } from '../ports/store/clients.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { digest } from '../tokens/digest.ts'
import { looksLikeSecret } from '../tokens/secret-token.ts'

/** Authenticates a registered client by id and secret (RFC 6749 §2.3.1). */
export class ClientAuthentication {
  readonly #deps: Pick<Domain, 'store' | 'clock'>
  readonly #throttle: Throttle

  constructor(deps: Pick<Domain, 'store' | 'clock'>, throttle: Throttle) {
    this.#deps = deps
    this.#throttle = throttle
  }

  /**
   * Authenticates by account, key id and secret, as an access key is presented: all three must be of one key. The account
   * may be named by the client's id or by its name.
   *
   * Two reads, no write if they fit. Whatever is wrong is the same work and the same answer (N-109).
   *
   * @throws AuthError `client_authentication_failed`, `throttled`.
   */
  async authenticateKey(
    key: { readonly account: string; readonly keyId: string; readonly secret: string },
    by: Caller,
  ): Promise<CredentialRecord> {
    const fits = ({ client, credential }: CredentialRecord) =>
      credential.id === key.keyId && (client.id === key.account || client.name === key.account)
    return this.#find(key.account, key.secret, fits, by)
  }

  /**
   * Two reads, no write if the secret is right. The secret is found by the digest of the whole of it, so that an unknown
   * client and a wrong secret are the same work and the same answer (I9, N-109).
   *
   * @throws AuthError `client_authentication_failed`, `throttled`.
   */
  async authenticate(
    credentials: { readonly clientId: string; readonly secret: string },
    by: Caller,
  ): Promise<CredentialRecord> {
    const { clientId, secret } = credentials
    return this.#find(clientId, secret, ({ client }) => client.id === clientId, by)
  }

  async #find(
    account: string,
    secret: string,
    fits: (record: CredentialRecord) => boolean,
    { context }: Caller,
  ): Promise<CredentialRecord> {
    const judge = async () => {
      if (!looksLikeSecret(secret, 'key')) return undefined
      const record = await this.#deps.store.clients.findBySecret(digest(secret))
      return record && fits(record) && this.#isUsable(record) ? record : undefined
    }
    const whose = () => this.#whose(account)
    const found = await this.#throttle.verifySecret(`client:${account}`, context, judge, { whose })
    if (!found) throw new AuthError('client_authentication_failed')
    return found
  }

  /** The work is the same for accounts that do not exist. */
  async #whose(account: string): Promise<{ readonly subject?: Subject }> {
    const client = await this.#deps.store.clients.findByIdOrName(account)
    return client ? { subject: { kind: 'client', id: client.id } } : {}
  }

  #isUsable({ client, credential }: CredentialRecord): boolean {
    if (client.disabledAt !== undefined || credential.revokedAt !== undefined) return false
    return credential.expiresAt === undefined || this.#deps.clock.latest() < credential.expiresAt
  }
}
