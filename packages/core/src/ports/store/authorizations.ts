import type { AuditEvent } from '../../model/audit-event.ts'
import type {
  Authorization,
  AuthorizationKind,
  AuthorizationRecord,
  AuthorizedApi,
} from '../../model/authorization/authorization.ts'
import type { Subject } from '../../model/principals/subject.ts'
import type { Unmet, WriteCondition } from './condition.ts'

/** The standing Authorization that a client's token belongs to. */
export interface StandingQuery {
  readonly clientId: string
  readonly dialect: string
  /** The client's epoch: one of an older epoch is dead and does not count. */
  readonly epoch: number
  readonly scope: readonly string[]
  readonly audience: readonly string[]
  readonly apis: readonly AuthorizedApi[]
}

/** How long after a rotation its predecessor may be repeated, and how often. */
export interface ReuseGrace {
  readonly seconds: number
  readonly repeats: number
}

/** The one conditional update that refreshing is (I1, S1). */
export interface RotateCommand {
  readonly id: string
  /** The generation of the presented refresh token. */
  readonly generation: number
  /** What the row's time is written with: `Clock.now()`. */
  readonly now: number
  /** What expiry and every window are decided by: `Clock.latest()` (S13). */
  readonly latest: number
  /** The caller's address prefix, which the row remembers of its last rotation. `undefined`: it is not known. */
  readonly from: string | undefined
  /** SHA-256 of the presented retry key. */
  readonly retryKeyDigest: Uint8Array | undefined
  /** How long a retry with the same key is answered with the same successor. */
  readonly retryWindowSeconds: number
  /** How long the immediate predecessor is answered without a key; 0 for almost everyone (S4). */
  readonly reuseLeewaySeconds: number
  /** When the immediate predecessor, without a key and from the address prefix of the rotation, is no reuse. Default: never. */
  readonly reuseGrace: ReuseGrace | undefined
  /** The key set of the successor. */
  readonly refreshKeyNumber: number
}

/**
 * What became of a rotation. The port returns outcomes and never throws one: a thrown reuse would roll back the very
 * revocation that it reports (S2).
 *
 * `rotated`: generation n became n+1. `replayed`: n was already superseded, but this is the same caller's retry: the row
 * is unchanged, the successor is recomputed from `refreshKeyNumber`. `repeated`: as `replayed`, without a key, within the
 * grace: the row counts it. `late`: the right key, after the retry window: the row is unchanged. `reused`: the
 * Authorization was revoked in this very commit. `inactive`: revoked, expired, or its subject or client is gone, disabled
 * or of a later epoch.
 */
export type Rotation =
  | { readonly outcome: 'rotated' | 'replayed' | 'repeated'; readonly record: AuthorizationRecord }
  | { readonly outcome: 'late' }
  | { readonly outcome: 'reused'; readonly authorizationId: string }
  | { readonly outcome: 'inactive' | 'unknown' }

/** Makes the audit event of an outcome that is recorded. */
export type RotationAudit = (outcome: 'rotated' | 'repeated' | 'late' | 'reused') => AuditEvent

export interface AuthorizationPage {
  readonly authorizations: readonly Authorization[]
  /** Pass it as `after` for the next page; `undefined` on the last one. */
  readonly next: string | undefined
}

export interface RevokedToken {
  readonly authorizationId: string
  readonly tokenId: string
  /** When the token would have ended by itself; the row may be forgotten after it. */
  readonly expiresAt: number
}

/** How many live Authorizations of one sort a subject has at most. */
export interface Cap {
  /** The new one included. */
  readonly most: number
  /**
   * Which of the subject's Authorizations of the same kind are counted: those of the new one's dialect, those of every dialect
   * but one, or those that were given through the new one's client.
   */
  readonly among: 'dialect' | 'client' | { readonly otherThan: string }
  /**
   * Which of them may be ended, those first that were unused for longest. `unused`: those that were unused for longer than their
   * access tokens live. `any`: any. `none`: none.
   */
  readonly yields: 'unused' | 'any' | 'none'
  /** What activity and disuse are decided by: `Clock.latest()`. Epoch seconds. */
  readonly latest: number
  /** A use that this process has not stored yet. Epoch seconds. */
  readonly lastUse: (id: string) => number | undefined
  /** The event of each that is ended; its id and dialect are filled in. */
  readonly yielded: AuditEvent
}

/** What a new Authorization does to others that are alive. */
export interface CreateOptions {
  /** Ends this one in the same commit, if it is not revoked yet. Default is none. */
  readonly ending?: { readonly id: string; readonly audit: AuditEvent } | undefined
  /** Those of its subject, dialect and kind are revoked in the same commit. Default is false. */
  readonly replacing?: boolean | undefined
  /** One of its subject, dialect and kind that has not expired at `latest` is returned instead, and nothing is written. */
  readonly sole?: { readonly latest: number } | undefined
}

/**
 * Transitions of Authorizations. Each is atomic, and writes the audit event of its outcome in its own commit. Those that create
 * one are alone on its subject, since what the subject holds decides about it. The others decide by a conditional write.
 */
export interface Authorizations {
  /**
   * One read: the row, its subject, its client and, where `tokenId` is given, whether that one token was revoked.
   */
  find(id: string, tokenId?: string): Promise<AuthorizationRecord | undefined>
  /** One read by the digest of a personal token. */
  findBySecret(secretDigest: Uint8Array): Promise<AuthorizationRecord | undefined>
  /** One read: the live standing Authorization, if it was made already. */
  findStanding(query: StandingQuery): Promise<Authorization | undefined>
  /**
   * Makes an Authorization. For a standing one that another process created meanwhile, that one is returned and nothing is
   * written.
   */
  create(authorization: Authorization, audit: AuditEvent, options?: CreateOptions): Promise<Authorization>
  /** The same on a condition: nothing is written where it is not met. */
  createOn(
    condition: WriteCondition,
    authorization: Authorization,
    audit: AuditEvent,
    options?: CreateOptions,
  ): Promise<Authorization | Unmet>
  /**
   * As `createOn`, within a cap. `full`: the subject has as many as the cap permits, and too few of them may be ended; nothing is
   * written. What has ended without being revoked is revoked on the way, so that counting costs no more for it next time.
   */
  createWithin(
    cap: Cap,
    condition: WriteCondition,
    authorization: Authorization,
    audit: AuditEvent,
    options?: Omit<CreateOptions, 'sole'>,
  ): Promise<Authorization | 'full' | Unmet>
  rotate(command: RotateCommand, audit: RotationAudit): Promise<Rotation>
  /** Idempotent (I8): `unchanged` if it was revoked before or never existed; then nothing is audited. */
  revoke(id: string, at: number, audit: AuditEvent): Promise<'revoked' | 'unchanged'>
  /** Revokes one token of an Authorization that goes on living. Idempotent. */
  revokeToken(token: RevokedToken, audit: AuditEvent): Promise<'revoked' | 'unchanged'>
  /**
   * Newest first; those that are revoked, expired at `latest` or of an older epoch are left out. Without a subject:
   * those of all users and clients, for the owner.
   */
  listLive(query: {
    readonly subject?: Subject | undefined
    readonly kind?: AuthorizationKind | undefined
    readonly dialect?: string | undefined
    readonly latest: number
    readonly limit: number
    readonly after?: string | undefined
  }): Promise<AuthorizationPage>
  /** Live personal tokens that expire before `until`, the next first. The cost grows with the personal tokens, not with sessions. */
  listExpiring(query: {
    readonly latest: number
    readonly until: number
    readonly limit: number
  }): Promise<readonly Authorization[]>
  /**
   * How many live Authorizations end with a change of the issuer: those whose audience does not hold `issuer`. Standing ones are
   * not counted, since the next token of the client makes them anew.
   */
  countMeantForOthers(query: { readonly issuer: string; readonly latest: number }): Promise<number>
  /**
   * Forgets what can no longer matter, in batches: see `retention` in the implementation. Returns the number of rows removed.
   *
   * @param signal Ends it after a batch. The rest is removed next time.
   */
  collectGarbage(latest: number, signal?: AbortSignal): Promise<number>
}
