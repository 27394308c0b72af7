import type { Access } from '../access/access.ts'
import type { AccessTokens } from '../access/access-tokens.ts'
import type { Presenter } from '../access/count-use.ts'
import type { Domain } from '../domain/domain.ts'
import { type Api, issuerApiId, scopesFor } from '../model/api.ts'
import { about, auditEvent } from '../model/audit-event.ts'
import { grantAt, isIncomplete } from '../model/authorization/authorization.ts'
import type { Caller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import type { Client, ClientApi } from '../model/principals/client.ts'
import { narrowScope } from '../model/scope.ts'
import { tallied } from '../throttle/tally.ts'
import { mostActors } from '../tokens/access-claims.ts'
import { firstPartyClientId, nativeSessionPolicy } from './session-policy.ts'
import { apiOf, both, soleResource } from './targets.ts'
import type { TokenSet } from './token-set.ts'
import { issueTokenSet } from './token-sets.ts'

export interface TokenExchangeRequest {
  /** An access token: of a user's session or a personal token, or one that an API received. */
  readonly subjectToken: string
  /** The authenticated client. `undefined`: the built-in public client, which has no secret. */
  readonly client: Client | undefined
  /** `resource` and `audience`: the API that the new token is meant for. */
  readonly resources: readonly string[]
  /** Default is all that is permitted. */
  readonly scope?: string | undefined
  /** An access token of the client itself (RFC 8693 §2.1). Default is none: the client's authentication says who acts. */
  readonly actorToken?: string | undefined
}

/** Token exchange (RFC 8693): a token for an API, in place of one for the issuer or for another API. */
export class TokenExchange {
  readonly #deps: Domain & { readonly accessTokens: AccessTokens }

  constructor(deps: Domain & { readonly accessTokens: AccessTokens }) {
    this.#deps = deps
  }

  /**
   * Exchanges a token. The new one is a view of the subject token's Authorization: it has its `sid`, ends with it and with the
   * subject token, and has no refresh token. It names the client as the actor.
   *
   * A token for the issuer is exchanged by the client that it was issued to. A token for an API is exchanged by a client that is the
   * API's own program, and that may act at the target.
   *
   * @throws AuthError `subject_token_invalid`, `actor_token_invalid`, `target_invalid`, `scope_invalid`.
   */
  async exchange(request: TokenExchangeRequest, by: Caller): Promise<TokenSet> {
    const { client } = request
    const presenter = { context: by.context, clientId: client?.id ?? firstPartyClientId }
    const access = await this.#subject(request.subjectToken, presenter)
    if (request.actorToken !== undefined) await this.#requireActor(request.actorToken, client, presenter)
    if (!this.#mayExchange(access, client)) throw new AuthError('subject_token_invalid')
    const identifier = soleResource(request.resources)
    const api = identifier === undefined ? undefined : await apiOf(identifier, this.#deps)
    if (!api || api.id === issuerApiId) throw new AuthError('target_invalid')
    const scope = narrowScope(request.scope, this.#permitted(access, api, client))
    const actor = client?.id ?? firstPartyClientId
    const { authorization, subject } = access
    const set = issueTokenSet(
      // A personal token's own lifetime is that of its Authorization.
      {
        authorization: { ...authorization, refreshKeyNumber: undefined },
        subject,
        client: undefined,
        tokenRevoked: false,
      },
      this.#deps,
      {
        api,
        scope,
        actors: [actor, ...access.actors],
        ancestors: [...revocable(access), ...access.ancestors],
        clientEpoch: client?.epoch,
        role: access.role,
        tokenForm: client?.tokenForm ?? 'jwt',
        lifetimeSeconds: client?.accessLifetimeSeconds ?? nativeSessionPolicy.accessLifetimeSeconds,
        notAfter: access.expiresAt,
      },
    )
    if (client) this.#deps.usage.issued(client.id, this.#deps.clock.now())
    const event = {
      action: 'token_exchanged',
      ...about(authorization),
      clientId: actor,
      detail: { api: api.identifier },
    } as const
    await this.#deps.store.audit.note([tallied(auditEvent(event, by, this.#deps), api.id, actor)])
    return set
  }

  async #subject(token: string, presenter: Presenter): Promise<Access> {
    const found = await this.#deps.accessTokens.inspect(token, presenter)
    const isAccess = found?.use === 'access' || found?.use === 'personal'
    if (!found || !isAccess || isIncomplete(found.access.authorization)) throw new AuthError('subject_token_invalid')
    return found.access
  }

  async #requireActor(token: string, client: Client | undefined, presenter: Presenter): Promise<void> {
    const found = await this.#deps.accessTokens.inspect(token, presenter)
    const { access } = found ?? {}
    const isOwn =
      client && found?.use === 'access' && access?.authorization.subject.id === client.id && access.kind === 'machine'
    if (!isOwn) throw new AuthError('actor_token_invalid')
  }

  #mayExchange(access: Access, client: Client | undefined): boolean {
    if (access.actors.length >= mostActors) return false
    if (access.api) return client?.audience.includes(access.api.identifier) === true
    const isForIssuer = access.audience.includes(this.#deps.issuer)
    const isOfUser = access.kind === 'session' || access.kind === 'personal'
    return isForIssuer && isOfUser && access.clientId === (client?.id ?? firstPartyClientId)
  }

  /** The scope that the subject, the client and the API allow. At an API of the same session, no more than was granted there (I4). */
  #permitted(access: Access, api: Api, client: Client | undefined): readonly string[] {
    const granted = client?.apis.find(({ id }) => id === api.id)
    if (client ? !granted || !mayTarget(access, granted) : !api.firstParty) throw new AuthError('target_invalid')
    const permitted = scopesFor(api, access.role)
    const ofClient = granted ? both(permitted, granted.scope) : permitted
    if (access.api?.id === api.id) return both(ofClient, access.scope)
    const atLogin = grantAt(access.authorization, api.identifier)
    return atLogin ? both(ofClient, atLogin.scope) : ofClient
  }
}

/** A client that received a token needs a rule of its own for acting with it elsewhere. */
const mayTarget = (access: Access, granted: ClientApi): boolean => access.api === undefined || granted.mayAct

/** The id of a token that can be revoked by itself. Any other ends with its Authorization. */
const revocable = ({ authorization, actors, tokenId }: Access): readonly string[] =>
  tokenId !== undefined && (authorization.kind === 'standing' || actors.length > 0) ? [tokenId] : []
