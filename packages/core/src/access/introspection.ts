import { effectiveRole, isActive } from '../authorization/activity.ts'
import { isIncomplete } from '../authorization/authorization.ts'
import type { Domain } from '../domain.ts'
import type { Client } from '../principals/client.ts'
import { readRefreshToken } from '../tokens/refresh-token.ts'
import { type Access, accessKind } from './access.ts'
import type { AccessTokens } from './access-tokens.ts'

/** Either everything or nothing: why a token is inactive is not said (RFC 7662 §2.2). */
export type Introspection =
  | { readonly active: true; readonly use: 'access' | 'refresh'; readonly access: Access }
  | { readonly active: false }

const inactive: Introspection = { active: false }

/** Token introspection for registered clients (RFC 7662). */
export class Introspect {
  readonly #deps: Pick<Domain, 'store' | 'clock' | 'keys' | 'issuer'> & { readonly accessTokens: AccessTokens }

  constructor(deps: Pick<Domain, 'store' | 'clock' | 'keys' | 'issuer'> & { readonly accessTokens: AccessTokens }) {
    this.#deps = deps
  }

  /** One MAC or digest, one read. A client sees its own tokens, and access tokens meant for one of its audiences. */
  async inspect(token: string, client: Client): Promise<Introspection> {
    const found = await this.inspectAny(token)
    if (!found.active) return found
    const own = found.access.authorization.clientId === client.id
    return own || (found.use === 'access' && this.#isMeantFor(found.access, client)) ? found : inactive
  }

  /**
   * What any token of any dialect stands for, access or refresh; for the owner. A token that completes a login is inactive to
   * everybody: it opens nothing, wherever it is presented.
   */
  async inspectAny(token: string): Promise<Introspection> {
    const found = await this.#inspect(token)
    return found.active && isIncomplete(found.access.authorization) ? inactive : found
  }

  async #inspect(token: string): Promise<Introspection> {
    const check = await this.#deps.accessTokens.check(token)
    if (check.outcome === 'active') return { active: true, use: 'access', access: check.access }
    return check.outcome === 'invalid' ? this.#inspectRefresh(token) : inactive
  }

  #isMeantFor(access: Access, client: Client): boolean {
    const own = client.audience.length === 0 ? [this.#deps.issuer] : client.audience
    return access.audience.some((name) => own.includes(name))
  }

  async #inspectRefresh(text: string): Promise<Introspection> {
    const { keys, clock, issuer, store } = this.#deps
    const latest = clock.latest()
    const token = readRefreshToken(text, issuer, keys(), latest)
    const record = token && (await store.authorizations.find(token.authorizationId))
    if (!record || !isActive(record, latest)) return inactive
    const { authorization, subject } = record
    if (authorization.generation !== token.generation) return inactive
    const access: Access = {
      kind: accessKind(authorization),
      authorization,
      subject,
      role: effectiveRole(record),
      scope: authorization.scope,
      audience: authorization.audience,
      tokenId: undefined,
      issuedAt: authorization.createdAt,
      expiresAt: authorization.expiresAt,
    }
    return { active: true, use: 'refresh', access }
  }
}
