import type { AccessTokens } from '../access/access-tokens.ts'
import type { Domain } from '../domain/domain.ts'
import { about, auditEvent } from '../model/audit-event.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import { newAuthorization } from '../model/authorization/new-authorization.ts'
import { AuthError } from '../model/errors.ts'
import type { Client } from '../model/principals/client.ts'
import type { RequestContext } from '../model/request-context.ts'
import { narrowScope } from '../model/scope.ts'
import type { TokenSet } from './token-set.ts'
import { issueTokenSet } from './token-sets.ts'

export interface MachineTokenRequest {
  readonly client: Client
  readonly scope?: string | undefined
  /** What the token is meant for (RFC 8707 `resource`). Default is the issuer itself. */
  readonly audience?: readonly string[] | undefined
}

/** The client credentials grant (RFC 6749 §4.4): draws on the client's standing Authorization. */
export class ClientCredentials {
  readonly #deps: Domain & { readonly accessTokens: AccessTokens }

  constructor(deps: Domain & { readonly accessTokens: AccessTokens }) {
    this.#deps = deps
  }

  /**
   * Issues a machine token: one read and one MAC or signature. Only the first for a scope and audience writes.
   *
   * @throws AuthError `scope_invalid`, `target_invalid`.
   */
  async issue(request: MachineTokenRequest, circumstances: RequestContext): Promise<TokenSet> {
    const { client } = request
    const { store, clock, usage } = this.#deps
    const scope = narrowScope(request.scope, client.scope)
    const audience = this.#audience(request)
    const query = { clientId: client.id, dialect: 'oauth', epoch: client.epoch, scope, audience }
    const standing =
      (await store.authorizations.findStanding(query)) ?? (await this.#stand(client, scope, audience, circumstances))
    const record = {
      authorization: standing,
      subject: {
        name: client.name,
        role: client.role,
        enabled: true,
        sessionsEpoch: client.epoch,
        personalEpoch: client.epoch,
      },
      client: { enabled: true, epoch: client.epoch, reuseLeewaySeconds: client.reuseLeewaySeconds },
      tokenRevoked: false,
    }
    usage.issued(client.id, clock.now())
    return issueTokenSet(record, this.#deps)
  }

  /** In a canonical order, so that one set of audiences is one standing Authorization. */
  #audience({ client, audience }: MachineTokenRequest): readonly string[] {
    if (!audience || audience.length === 0) return [this.#deps.issuer]
    const allowed = [this.#deps.issuer, ...client.audience]
    if (audience.some((name) => !allowed.includes(name))) throw new AuthError('target_invalid')
    return [...new Set(audience)].sort()
  }

  #stand(
    client: Client,
    scope: readonly string[],
    audience: readonly string[],
    circumstances: RequestContext,
  ): Promise<Authorization> {
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
        epoch: client.epoch,
        accessForm: client.tokenForm,
        accessLifetimeSeconds: client.accessLifetimeSeconds ?? this.#deps.policy.machineAccessSeconds,
      },
      this.#deps,
    )
    const event = auditEvent(
      { action: 'authorization_created', actor: subject, ...about(authorization) },
      circumstances,
      this.#deps,
    )
    return this.#deps.store.authorizations.create(authorization, event)
  }
}
