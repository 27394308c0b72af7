import type { AccessTokens } from '../access/access-tokens.ts'
import type { Domain } from '../domain/domain.ts'
import { conditionOn, written } from '../domain/proof.ts'
import { about, auditEvent } from '../model/audit-event.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import { newAuthorization } from '../model/authorization/new-authorization.ts'
import { recordOfClient } from '../model/authorization/subject-state.ts'
import type { Caller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import type { Client } from '../model/principals/client.ts'
import { defaultScope } from '../model/scope.ts'
import type { TokenSet } from './token-set.ts'
import { issueTokenSet } from './token-sets.ts'

/** A token that lives longer than an hour has an Authorization of its own, so that it is listed. */
export interface FixedTokenRequest {
  readonly client: Client
  readonly dialect: string
  readonly lifetimeSeconds: number
  /** Whether a refresh token comes with it, good until the Authorization ends. */
  readonly refreshLifetimeSeconds?: number | undefined
  /** What a list calls it, e.g. `API key`. */
  readonly label?: string | undefined
  /** Whether it takes the place of the client's earlier one of this dialect and kind. */
  readonly replacing?: boolean | undefined
  /** Whether there may be one of this dialect and kind only; then one that is there already refuses this one. */
  readonly sole?: boolean | undefined
}

/** Long-lived JWTs of clients (Lyve, EFA). One commit each. */
export class FixedTokens {
  readonly #deps: Domain & { readonly accessTokens: AccessTokens }

  constructor(deps: Domain & { readonly accessTokens: AccessTokens }) {
    this.#deps = deps
  }

  /** The live one of a client, where there is one only. */
  async find(client: Client, dialect: string): Promise<Authorization | undefined> {
    const subject = { kind: 'client', id: client.id } as const
    const { store, clock } = this.#deps
    const page = await store.authorizations.listLive({
      subject,
      kind: 'fixed',
      dialect,
      latest: clock.latest(),
      limit: 1,
    })
    return page.authorizations[0]
  }

  /**
   * @param by The user who requests it. Without a subject: the client itself.
   * @throws AuthError `api_key_exists` where there may be one only, `token_invalid` if the caller's Authorization has ended.
   */
  async issue(request: FixedTokenRequest, by: Caller): Promise<TokenSet> {
    const { client, replacing = false, sole = false } = request
    const { store, clock, keys } = this.#deps
    const now = clock.now()
    const refreshable = request.refreshLifetimeSeconds !== undefined
    const subject = { kind: 'client', id: client.id } as const
    const authorization: Authorization = newAuthorization(
      {
        kind: refreshable ? 'session' : 'fixed',
        subject,
        clientId: client.id,
        clientEpoch: client.epoch,
        dialect: request.dialect,
        roleCeiling: client.role,
        scope: defaultScope,
        audience: [this.#deps.issuer],
        epoch: client.epoch,
        accessForm: 'jwt',
        accessLifetimeSeconds: request.lifetimeSeconds,
        createdAt: now,
        expiresAt: now + Math.max(request.lifetimeSeconds, request.refreshLifetimeSeconds ?? 0),
        refreshKeyNumber: refreshable ? keys().current(clock.latest()).number : undefined,
        label: request.label,
      },
      this.#deps,
    )
    // Made before it is stored, so that a list can show its end; handed out only if the row is there.
    const set = issueTokenSet(recordOfClient(authorization, client), this.#deps)
    const masked = { ...authorization, mask: refreshable ? undefined : maskToken(set.accessToken.reveal()) }
    const created = { action: 'authorization_created', actor: by.subject ?? subject, ...about(authorization) } as const
    const event = auditEvent(created, by, this.#deps)
    const on = conditionOn(undefined, by, this.#deps)
    const options = { replacing, sole: sole ? { latest: clock.latest() } : undefined }
    const stored = written(await store.authorizations.createOn(on, masked, event, options))
    if (stored.id !== authorization.id) throw new AuthError('api_key_exists')
    return { ...set, authorization: masked }
  }
}

/** All JWTs begin alike; the end tells them apart. */
const maskToken = (token: string): string => `…${token.slice(-6)}`
