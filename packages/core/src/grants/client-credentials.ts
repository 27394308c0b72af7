import type { AccessTokens } from '../access/access-tokens.ts'
import type { Domain } from '../domain/domain.ts'
import { issuerApiId } from '../model/api.ts'
import { about, auditEvent } from '../model/audit-event.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import { newAuthorization } from '../model/authorization/new-authorization.ts'
import { recordOfClient } from '../model/authorization/subject-state.ts'
import type { Caller } from '../model/caller.ts'
import type { Client } from '../model/principals/client.ts'
import { narrowScope } from '../model/scope.ts'
import type { StandingQuery } from '../ports/store/authorizations.ts'
import { clientTarget } from './targets.ts'
import type { TokenSet } from './token-set.ts'
import { issueTokenSet } from './token-sets.ts'

export interface ClientTokenRequest {
  readonly client: Client
  readonly scope?: string | undefined
  /** The API that the token is meant for (RFC 8707 §2). Default is the issuer, or the client's only API. */
  readonly resources?: readonly string[] | undefined
}

/** The client credentials grant (RFC 6749 §4.4): draws on the client's standing Authorization. */
export class ClientCredentials {
  readonly #deps: Domain & { readonly accessTokens: AccessTokens }

  constructor(deps: Domain & { readonly accessTokens: AccessTokens }) {
    this.#deps = deps
  }

  /**
   * Issues a client's token: one read and one MAC or signature; for a registered API, one more read. Only the first for an API
   * writes, and at the issuer the first for a scope. An API has so many selections of its scope that not each may be a row.
   *
   * @throws AuthError `scope_invalid`, `target_invalid`.
   */
  async issue(request: ClientTokenRequest, by: Caller): Promise<TokenSet> {
    const { client } = request
    const { store, clock, usage } = this.#deps
    const target = await clientTarget(request, client, this.#deps)
    const { api } = target
    const scope = narrowScope(request.scope, target.scope)
    const audience = [api.identifier]
    const isIssuer = api.id === issuerApiId
    const most = isIssuer ? scope : target.scope
    const apis = isIssuer ? [] : [{ id: api.id, identifier: api.identifier, scope: most }]
    const query = { clientId: client.id, dialect: 'oauth', epoch: client.epoch, scope: most, audience, apis }
    const standing = (await store.authorizations.findStanding(query)) ?? (await this.#stand(client, query, by))
    usage.issued(client.id, clock.now())
    return issueTokenSet(recordOfClient(standing, client), this.#deps, { api, scope })
  }

  #stand(client: Client, { scope, audience, apis }: StandingQuery, by: Caller): Promise<Authorization> {
    const subject = { kind: 'client', id: client.id } as const
    const authorization = newAuthorization(
      {
        kind: 'standing',
        subject,
        clientId: client.id,
        clientEpoch: client.epoch,
        dialect: 'oauth',
        roleCeiling: client.role,
        scope,
        audience,
        apis,
        epoch: client.epoch,
        accessForm: client.tokenForm,
        accessLifetimeSeconds: client.accessLifetimeSeconds ?? this.#deps.policy.machineAccessSeconds,
      },
      this.#deps,
    )
    const created = { action: 'authorization_created', actor: subject, ...about(authorization) } as const
    const event = auditEvent(created, by, this.#deps)
    return this.#deps.store.authorizations.create(authorization, event)
  }
}
