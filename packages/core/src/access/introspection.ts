import type { Domain } from '../domain/domain.ts'
import { isIncomplete } from '../model/authorization/authorization.ts'
import { type Caller, localCaller } from '../model/caller.ts'
import type { Client } from '../model/principals/client.ts'
import type { Access } from './access.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { Presenter } from './count-use.ts'

/** Either everything or nothing: the reason of inactivity is not disclosed (RFC 7662 §2.2). */
export type Introspection =
  | { readonly active: true; readonly use: IntrospectedUse; readonly access: Access }
  | { readonly active: false }

/** A personal token is reported as an access token. A session cookie is neither: no resource server is shown one. */
export type IntrospectedUse = 'access' | 'refresh' | 'cookie'

const inactive: Introspection = { active: false }

/** Token introspection for registered clients (RFC 7662). */
export class Introspect {
  readonly #deps: Pick<Domain, 'issuer'> & { readonly accessTokens: AccessTokens }

  constructor(deps: Pick<Domain, 'issuer'> & { readonly accessTokens: AccessTokens }) {
    this.#deps = deps
  }

  /** One MAC or digest, one read. A client sees its own tokens, and access tokens meant for one of its audiences. */
  async inspect(token: string, client: Client, { context }: Caller = localCaller): Promise<Introspection> {
    const found = await this.#find(token, { context, clientId: client.id })
    if (!found.active) return found
    const own = found.access.clientId === client.id
    return own || (found.use === 'access' && this.#isMeantFor(found.access, client)) ? found : inactive
  }

  /**
   * What any token of any kind and dialect stands for; for the owner. It is no use of it. A token that completes a login is inactive to
   * every client, because it is accepted by no resource server.
   */
  inspectAny(token: string): Promise<Introspection> {
    return this.#find(token)
  }

  async #find(token: string, presenter?: Presenter): Promise<Introspection> {
    const found = await this.#deps.accessTokens.inspect(token, presenter)
    if (!found || isIncomplete(found.access.authorization)) return inactive
    return { active: true, use: found.use === 'personal' ? 'access' : found.use, access: found.access }
  }

  #isMeantFor(access: Access, client: Client): boolean {
    const own = client.audience.length === 0 ? [this.#deps.issuer] : client.audience
    return access.audience.some((name) => own.includes(name))
  }
}
