/*
 * The model: the Authorization, its subject and client, roles, scope, errors and audit events. Data and pure functions.
 * It must not know ports that store, tokens, or how anything is proven.
 */
import type { TokenForm } from '../principals/client.ts'
import type { Role } from '../principals/role.ts'
import type { Subject } from '../principals/subject.ts'
import type { Factor } from '../principals/user.ts'

/**
 * `session`: a user's login, refreshed by rotation. `standing`: the source of a client's short-lived tokens; made once per
 * client and API, at the issuer also per scope. `fixed`: a longer-lived token without refresh, listed by itself. `personal`:
 * a personal API token. `password_change`, `enrolment`: a login that is not complete: see `IncompleteKind`.
 */
export type AuthorizationKind = 'session' | 'standing' | 'fixed' | 'personal' | IncompleteKind

/**
 * A login that opens no session yet. `password_change`: another user set the password, and the user must change it.
 * `enrolment`: the policy demands an authenticator that the user does not have yet.
 */
export type IncompleteKind = 'password_change' | 'enrolment'

/** How the access tokens of an Authorization look: a JWT, a client's opaque token, or 64 hex digits. */
export type AccessForm = TokenForm | 'hex'

/**
 * The central record: who (subject), through what (client, dialect), may do what (role ceiling, scope,
 * audience), until when. Every token handed out is a view of one of these; nothing else is stored about tokens, but
 * those revoked one by one.
 */
export interface Authorization {
  /** 22 lower-case hex digits: 5 bytes of epoch seconds, 6 random bytes; so that rows lie in the order of time. */
  readonly id: string
  readonly kind: AuthorizationKind
  readonly subject: Subject
  /** The client it was given through (RFC 9068 §2.2 `client_id`): a registered one, or a built-in one of a dialect. */
  readonly clientId: string
  /** The registered client's epoch at creation; `undefined` for a built-in client, which cannot be disabled. */
  readonly clientEpoch: number | undefined
  readonly dialect: string
  readonly roleCeiling: Role
  /** At the first audience. */
  readonly scope: readonly string[]
  /** The identifiers of the APIs that its tokens may be meant for. A new access token is meant for the first, unless another is named. */
  readonly audience: readonly string[]
  /** What is granted at each audience. Empty: the issuer is the only one, and `scope` is what is granted there. */
  readonly apis: readonly AuthorizedApi[]
  /** What the user showed at login, in that order; empty for clients. */
  readonly factors: readonly Factor[]
  /** The subject's epoch at creation. */
  readonly epoch: number
  readonly accessForm: AccessForm
  readonly accessLifetimeSeconds: number
  readonly createdAt: number
  /** Refreshing never extends it (I4). `undefined`: until revoked. */
  readonly expiresAt: number | undefined
  /** Counts rotations, from 0. */
  readonly generation: number
  /** The key set that the live refresh token is made under; `undefined` where nothing is rotated. */
  readonly refreshKeyNumber: number | undefined
  /** SHA-256 of the retry key of the last rotation. */
  readonly retryKeyDigest: Uint8Array | undefined
  readonly rotatedAt: number | undefined
  readonly revokedAt: number | undefined
  readonly lastUsedAt: number | undefined
  /** `undefined`: never used, or not known. */
  readonly lastUsedFrom: UseOrigin | undefined
  /** SHA-256 of a personal token's raw value; `undefined` for the other kinds, whose tokens are recomputed. */
  readonly secretDigest: Uint8Array | undefined
  /** What a list shows in place of a secret, e.g. `cs_pat_4fKq…a9Q2`. */
  readonly mask: string | undefined
  /** A name its creator gave it. */
  readonly label: string | undefined
  /** When the user first authenticated for it (OpenID Connect `auth_time`); refreshing does not renew it. */
  readonly authenticatedAt: number
  /** Ends after this many seconds without use. `undefined`: no inactivity timeout. */
  readonly idleSeconds: number | undefined
  /** The address prefix that the last rotation came from. */
  readonly rotatedFrom: string | undefined
  /** How often the immediate predecessor of the live refresh token was repeated within the reuse grace. */
  readonly repeats: number
}

/** Where a token was used from, as far as this server knows. */
export interface UseOrigin {
  /** The caller's. */
  readonly address: string
  /** The caller's `User-Agent`, at most {@link longestAgent} characters of it. */
  readonly agent: string | undefined
  /** The client that the token was presented to, and that introspected or exchanged it. `undefined`: its holder presented it. */
  readonly clientId: string | undefined
}

export const longestAgent = 256

/** What an Authorization permits at one API. */
export interface AuthorizedApi {
  /** The id of the API's registration: one that is registered anew under the same identifier is another API. */
  readonly id: string
  readonly identifier: string
  readonly scope: readonly string[]
}

/**
 * What an Authorization permits at an API.
 *
 * @returns `undefined` if its tokens may not be meant for it.
 */
export const grantAt = (
  { apis, audience, scope }: Pick<Authorization, 'apis' | 'audience' | 'scope'>,
  identifier: string,
): (Pick<AuthorizedApi, 'scope'> & { readonly id: string | undefined }) | undefined => {
  const named = apis.find((api) => api.identifier === identifier)
  if (named) return named
  return apis.length === 0 && audience.includes(identifier) ? { id: undefined, scope } : undefined
}

/** The subject as it is now: read together with the Authorization at every check, so that a change works at once. */
export interface SubjectState {
  readonly name: string
  readonly role: Role
  readonly enabled: boolean
  readonly sessionsEpoch: number
  /** For a client the same number as `sessionsEpoch`. */
  readonly personalEpoch: number
}

/** An Authorization with everything that decides whether it is active, read in one statement. */
export interface AuthorizationRecord {
  readonly authorization: Authorization
  /** `undefined` if the subject was deleted. */
  readonly subject: SubjectState | undefined
  /** The registered client it was given through, if it still exists. */
  readonly client:
    | { readonly enabled: boolean; readonly epoch: number; readonly reuseLeewaySeconds: number }
    | undefined
  /** The one token that was asked about has been revoked by itself. */
  readonly tokenRevoked: boolean
}

/** Whether an Authorization permits only the completion of a login. */
export const isIncomplete = ({ kind }: Pick<Authorization, 'kind'>): boolean =>
  kind === 'password_change' || kind === 'enrolment'
