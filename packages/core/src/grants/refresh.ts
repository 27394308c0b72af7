import type { AccessTokens } from '../access/access-tokens.ts'
import type { Domain } from '../domain/domain.ts'
import { about, auditEvent } from '../model/audit-event.ts'
import { type ActiveRecord, effectiveRole, isActive } from '../model/authorization/activity.ts'
import type { Authorization, AuthorizationRecord } from '../model/authorization/authorization.ts'
import type { Caller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import type { Rotation, RotationAudit } from '../ports/store/authorizations.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import { tallied } from '../throttle/tally.ts'
import { digest } from '../tokens/digest.ts'
import { type RefreshToken, readRefreshToken } from '../tokens/refresh-token.ts'
import { refreshedTarget, type Target } from './targets.ts'
import type { TokenSet } from './token-set.ts'
import { issueTokenSet } from './token-sets.ts'

/** Who presents a refresh token. It works only for the client and the dialect that it was given through (all-D3, N-062). */
export interface RefreshedBy {
  /** `undefined` where the dialect's wire does not identify the client: then possession of the token is the only check. */
  readonly clientId: string | undefined
  readonly dialect: string
}

/**
 * How long a refresh token that was just used is not taken for stolen. For vendors' dialects, whose clients send no key and
 * refresh in parallel: the immediate predecessor, without a key, from the address prefix of the rotation, at most 32 times
 * (RFC 9700 §4.14.2 asks for revocation; docs/adr/0016-reuse-grace.md).
 */
export interface Grace {
  /** From 0 (none) to 600. */
  readonly seconds: number
  /** Whether a repeat is refused, or answered with the same successor. */
  readonly answer: 'refuse' | 'successor'
}

const graceRepeats = 32

export interface RefreshRequest {
  readonly refreshToken: string
  /** The `Idempotency-Key` that the client made and stored with the token: 22–128 of `[A-Za-z0-9_-]`, checked by shape. */
  readonly retryKey?: string | undefined
  /** For the new access token only; the chain keeps its scope (RFC 6749 §6). */
  readonly scope?: string | undefined
  /** Which of the APIs that were named at login the new access token is meant for (RFC 8707 §2.2). Default is the first. */
  readonly resources?: readonly string[] | undefined
  readonly by: RefreshedBy
  /**
   * Rejects if the caller may not have a token for the API (its identifier is given). Then the refresh token stays unused. Default:
   * every caller may.
   */
  readonly admit?: ((api: string) => Promise<void>) | undefined
  /** Default is none: every reuse without a key revokes. */
  readonly grace?: Grace | undefined
  /** What the policy says today, where it may be changed while sessions live. Default is what it said at login. */
  readonly accessLifetimeSeconds?: ((authorization: Authorization) => number | undefined) | undefined
}

/** Exchanges refresh tokens (RFC 6749 §6) with rotation and reuse detection (RFC 9700 §4.14.2). */
export class Refresh {
  readonly #deps: Domain & { readonly accessTokens: AccessTokens }

  constructor(deps: Domain & { readonly accessTokens: AccessTokens }) {
    this.#deps = deps
  }

  /**
   * Exchanges a refresh token for the next generation of its Authorization. One MAC, one read, one conditional update.
   *
   * Presenting a superseded generation without its retry key revokes the Authorization before this rejects: the thief
   * cannot be distinguished from the owner, so both must authenticate again (RFC 6819 §5.2.2.3). Two cases revoke nothing: the
   * right key after the retry window, and a repeat within the request's grace.
   *
   * @throws AuthError `grant_invalid`, `refresh_token_reused`, `scope_invalid`, `target_invalid`.
   */
  async exchange(request: RefreshRequest, by: Caller): Promise<TokenSet> {
    const { clock, keys, issuer, store } = this.#deps
    const token = readRefreshToken(request.refreshToken, issuer, keys(), clock.latest())
    if (!token) throw new AuthError('grant_invalid')
    const found = await store.authorizations.find(token.authorizationId)
    if (!found || !isBoundTo(found.authorization, request.by)) throw new AuthError('grant_invalid')
    // Before the rotation: a request that will be refused for its API or scope must not spend the token.
    const target = isActive(found, clock.latest()) ? await this.#target(request, found) : undefined
    const rotation = await this.#rotate(token, found, request, by)
    switch (rotation.outcome) {
      case 'rotated':
      case 'replayed':
        return this.#issue(rotation.record, target, request)
      case 'repeated':
        if (request.grace?.answer === 'successor') return this.#issue(rotation.record, target, request)
        throw new AuthError('grant_invalid', { outcome: 'refresh_repeated', authorization: found.authorization })
      case 'late':
        throw new AuthError('grant_invalid', { outcome: 'refresh_late', authorization: found.authorization })
      case 'reused':
        throw new AuthError('refresh_token_reused', { authorization: found.authorization })
      case 'inactive':
      case 'unknown':
        throw new AuthError('grant_invalid', { authorization: found.authorization })
    }
  }

  async #target(request: RefreshRequest, record: ActiveRecord): Promise<Target> {
    const target = await refreshedTarget(request, record.authorization, effectiveRole(record), this.#deps)
    await request.admit?.(target.api.identifier)
    return target
  }

  #issue(record: AuthorizationRecord, target: Target | undefined, request: RefreshRequest): TokenSet {
    // The record was read in the rotation's own commit, so it is active. The session may have expired since.
    if (!target || !isActive(record, this.#deps.clock.latest())) throw new AuthError('grant_invalid')
    const { authorization } = record
    const accessLifetimeSeconds = request.accessLifetimeSeconds?.(authorization)
    if (accessLifetimeSeconds === undefined) return issueTokenSet(record, this.#deps, target)
    return issueTokenSet({ ...record, authorization: { ...authorization, accessLifetimeSeconds } }, this.#deps, target)
  }

  #rotate(
    token: RefreshToken,
    { authorization, client }: AuthorizationRecord,
    request: RefreshRequest,
    by: Caller,
  ): Promise<Rotation> {
    const { clock, keys, policy, store } = this.#deps
    const latest = clock.latest()
    const prefix = addressPrefix(by.context.address)
    const audit: RotationAudit = (outcome) => {
      const generation = outcome === 'rotated' ? token.generation + 1 : token.generation
      const told = { actor: authorization.subject, ...about(authorization), detail: { generation } }
      const event = auditEvent({ action: actions[outcome], ...told }, by, this.#deps)
      return outcome === 'repeated' || outcome === 'late' ? tallied(event) : event
    }
    return store.authorizations.rotate(
      {
        id: token.authorizationId,
        generation: token.generation,
        now: clock.now(),
        latest,
        // Two unknown addresses are not known to be the same one.
        from: prefix === 'unknown' ? undefined : prefix,
        retryKeyDigest: request.retryKey === undefined ? undefined : digest(request.retryKey),
        retryWindowSeconds: policy.retryWindowSeconds,
        reuseLeewaySeconds: client?.reuseLeewaySeconds ?? 0,
        reuseGrace: request.grace && { seconds: request.grace.seconds, repeats: graceRepeats },
        refreshKeyNumber: keys().current(latest).number,
      },
      audit,
    )
  }
}

const actions = {
  rotated: 'authorization_rotated',
  repeated: 'refresh_repeated',
  late: 'refresh_late',
  reused: 'authorization_reused',
} as const

const isBoundTo = ({ clientId, dialect }: Authorization, presenter: RefreshedBy): boolean =>
  (presenter.clientId === undefined || clientId === presenter.clientId) && dialect === presenter.dialect
