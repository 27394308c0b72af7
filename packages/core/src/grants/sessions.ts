import type { AccessTokens } from '../access/access-tokens.ts'
import { about, auditEvent } from '../audit-event.ts'
import { newAuthorization } from '../authorization/new-authorization.ts'
import { defaultScope } from '../authorization/scope.ts'
import type { Circumstances, Domain } from '../domain.ts'
import type { AuthenticatedUser } from '../principals/password-login.ts'
import type { SessionPolicy } from './session-policy.ts'
import type { TokenSet } from './token-set.ts'
import { issueTokenSet } from './token-sets.ts'

/** Turns an authenticated person into an Authorization and its first token set: the end of every login path. */
export class Sessions {
  readonly #deps: Domain & { readonly accessTokens: AccessTokens }

  constructor(deps: Domain & { readonly accessTokens: AccessTokens }) {
    this.#deps = deps
  }

  /** One commit: the row and its audit event, and the end of those that it replaces. */
  async open(who: AuthenticatedUser, policy: SessionPolicy, circumstances: Circumstances): Promise<TokenSet> {
    const { clock, store, keys, issuer } = this.#deps
    const { user, factors } = who
    const now = clock.now()
    const authorization = newAuthorization(
      {
        kind: 'session',
        subject: { kind: 'user', id: user.id },
        clientId: policy.clientId,
        dialect: policy.dialect,
        roleCeiling: user.role,
        scope: defaultScope,
        audience: [issuer],
        factors,
        epoch: user.sessionsEpoch,
        accessForm: policy.accessForm,
        accessLifetimeSeconds: policy.accessLifetimeSeconds,
        createdAt: now,
        expiresAt: now + policy.lifetimeSeconds,
        refreshKeyNumber: policy.refreshable ? keys().current(now).number : undefined,
      },
      this.#deps,
    )
    const event = auditEvent(
      { action: 'authorization_created', actor: authorization.subject, ...about(authorization) },
      circumstances,
      this.#deps,
    )
    await store.authorizations.create(authorization, event, { replacing: policy.replacing })
    const subject = {
      name: user.username,
      role: user.role,
      enabled: true,
      sessionsEpoch: user.sessionsEpoch,
      personalEpoch: user.personalEpoch,
    }
    return issueTokenSet({ authorization, subject, client: undefined, tokenRevoked: false }, this.#deps)
  }
}
