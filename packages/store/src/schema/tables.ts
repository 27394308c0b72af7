import type {
  AccessForm,
  Api,
  ApiScope,
  ApiTokenType,
  AuditAction,
  AuditEvent,
  AuthorizationKind,
  AuthorizedApi,
  ClientApi,
  ClientRole,
  Enrolment,
  Factor,
  RevocationKind,
  Role,
  SigningAlgorithm,
  Subject,
  TokenForm,
} from '@countersign/core'
import type { Droplet } from '@countersign/resources'
import { bytes, flag, integer, json, jsonList, orAbsent, text, textOf } from './kind.ts'
import { row, rowOrAbsent, table } from './row.ts'

/*
 * This folder owns what the database holds, and how it is read and written: kinds of columns, codecs of rows, statements, and the
 * keys that units must be alone on. This file: the tables, the same for every engine. Times are epoch seconds; digests are
 * SHA-256. No column holds a secret that a caller could present: digests and sealed keys only (I6).
 */

const subject = row({ kind: textOf<Subject['kind']>(), id: text })

/** Absent where the address is. */
export const useOrigin = rowOrAbsent(row({ address: text, agent: orAbsent(text), clientId: orAbsent(text) }))

export const authorizations = table(
  'authorizations',
  {
    id: text,
    kind: textOf<AuthorizationKind>(),
    subject,
    clientId: text,
    clientEpoch: orAbsent(integer),
    dialect: text,
    roleCeiling: textOf<Role>(),
    scope: json<readonly string[]>(),
    audience: json<readonly string[]>(),
    apis: jsonList<AuthorizedApi>(),
    factors: json<readonly Factor[]>(),
    epoch: integer,
    accessForm: textOf<AccessForm>(),
    accessLifetimeSeconds: integer,
    createdAt: integer,
    expiresAt: orAbsent(integer),
    generation: integer,
    refreshKeyNumber: orAbsent(integer),
    retryKeyDigest: orAbsent(bytes),
    rotatedAt: orAbsent(integer),
    revokedAt: orAbsent(integer),
    lastUsedAt: orAbsent(integer),
    lastUsedFrom: useOrigin,
    secretDigest: orAbsent(bytes),
    mask: orAbsent(text),
    label: orAbsent(text),
    /** NULL: `createdAt`. */
    authenticatedAt: orAbsent(integer),
    idleSeconds: orAbsent(integer),
    rotatedFrom: orAbsent(text),
    repeats: integer,
  },
  // Not copied where nothing is filled in: every checked token is decoded here.
  (found) =>
    found.authenticatedAt === undefined
      ? { ...found, authenticatedAt: found.createdAt }
      : (found as typeof found & { authenticatedAt: number }),
)

export const revokedTokens = table('revoked_tokens', { authorizationId: text, tokenId: text, expiresAt: integer })

export const users = table('users', {
  id: text,
  username: text,
  canonicalName: text,
  role: textOf<Role>(),
  requiredFactors: json<readonly Factor[]>(),
  passwordHash: orAbsent(text),
  createdAt: integer,
  disabledAt: orAbsent(integer),
  sessionsEpoch: integer,
  personalEpoch: integer,
  version: integer,
  nameSkeleton: text,
  mustChangeSince: orAbsent(integer),
  /** Acceptable by itself, or only beside a code. NULL: not known. */
  passwordStandsAlone: orAbsent(flag),
})

export const clients = table('clients', {
  id: text,
  name: text,
  role: textOf<ClientRole>(),
  audience: json<readonly string[]>(),
  scope: json<readonly string[]>(),
  apis: jsonList<ClientApi>(),
  tokenForm: textOf<TokenForm>(),
  accessLifetimeSeconds: orAbsent(integer),
  reuseLeewaySeconds: integer,
  createdAt: integer,
  disabledAt: orAbsent(integer),
  epoch: integer,
  type: orAbsent(text),
})

export const apis = table('apis', {
  id: text,
  identifier: text,
  name: text,
  scopes: json<readonly ApiScope[]>(),
  tokenForm: orAbsent(textOf<NonNullable<Api['tokenForm']>>()),
  tokenType: textOf<ApiTokenType>(),
  accessLifetimeSeconds: orAbsent(integer),
  allowedOrigins: jsonList<string>(),
  firstParty: flag,
  createdAt: integer,
})

export const clientCredentials = table('client_credentials', {
  id: text,
  clientId: text,
  secretDigest: bytes,
  createdAt: integer,
  expiresAt: orAbsent(integer),
  revokedAt: orAbsent(integer),
})

export const keySets = table('key_sets', {
  /** May be given again after a set was removed. */
  number: integer,
  kid: text,
  algorithm: textOf<SigningAlgorithm>(),
  publicJwk: text,
  sealed: bytes,
  createdAt: integer,
  activatesAt: integer,
  supersededAt: orAbsent(integer),
  revokedAt: orAbsent(integer),
})

export const counters = table('counters', {
  key: text,
  failures: integer,
  strikes: integer,
  windowStartedAt: integer,
  blockedUntil: integer,
  succeededAt: orAbsent(integer),
  /** From then on the row means nothing. */
  endsAt: integer,
})

export const issueCounts = table('issue_counts', { clientId: text, minute: integer, issued: integer })

export type MarkName =
  | 'clock_high_water'
  | 'keys_revision'
  | 'next_droplet_number'
  | 'wrong_codes_of_nobody'
  | 'audit_dropped'
  | 'rotations_dropped'
  | 'revocations_given'
  | 'revocations_forgotten'

/** Numbers of the data folder. Each has a row from the first migration on. */
export const marks = table('marks', { name: textOf<MarkName>(), value: integer })

const concerned = {
  at: integer,
  subject: rowOrAbsent(subject),
  authorizationId: orAbsent(text),
  clientId: orAbsent(text),
  dialect: orAbsent(text),
  address: orAbsent(text),
  requestId: orAbsent(text),
  detail: orAbsent(json<NonNullable<AuditEvent['detail']>>()),
} as const

const recorded = { ...concerned, action: textOf<AuditAction>(), actor: rowOrAbsent(subject) } as const

/** Removes members that are `undefined`: an entry is shown with all its members. */
const withoutAbsent = <T extends object>(found: T): T =>
  Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as T

/** The action whose rows are a separate trail. */
export const rotatedAction = 'authorization_rotated'

export const auditEntries = table('audit', { sequence: integer, ...recorded }, withoutAbsent)
/** The trail of `rotatedAction`: the actor is the subject. Both trails share one numbering. */
export const rotationEntries = table('rotations', { sequence: integer, ...concerned }, (found) =>
  withoutAbsent({ ...found, action: rotatedAction, actor: found.subject } as const),
)
/** The same without the place, which the database gives. */
export const auditEvents = table('audit', recorded)
export const rotationEvents = table('rotations', concerned)

/** How often an event happened since its last row, by kind. */
export const auditTallies = table('audit_tallies', {
  key: text,
  action: textOf<AuditAction>(),
  actor: rowOrAbsent(subject),
  subject: rowOrAbsent(subject),
  address: orAbsent(text),
  /** Not recorded in a row yet. */
  count: integer,
  since: integer,
})

/** Each export of the trail: its last entry, and the hash of that one's line. */
export const auditExports = table('audit_exports', { through: integer, hash: text })

export const droplets = table('droplets', {
  id: text,
  number: integer,
  name: text,
  state: textOf<Droplet['state']>(),
  creator: text,
  createdAt: integer,
  changedAt: integer,
  ports: json<Droplet['ports']>(),
})

export const enrolments = table('enrolments', {
  userId: text,
  slot: textOf<Enrolment['slot']>(),
  sealed: bytes,
  createdAt: integer,
  confirmedAt: orAbsent(integer),
  lastStep: integer,
  failures: integer,
})

export const recoveryCodes = table('recovery_codes', { userId: text, digest: bytes, spentAt: orAbsent(integer) })

export const settings = table('settings', { name: text, value: integer })

/** A file is one path in one place; `id` is the place's. */
export const recentFiles = table('recent_files', {
  userId: text,
  id: text,
  path: text,
  name: text,
  revision: text,
  seenAtMilliseconds: integer,
})

/** The issuer that the last `serve` was configured with, and the id of the revocation feed. */
export const served = table('served', { name: textOf<'issuer' | 'feed'>(), value: text })

/** The revocation feed. The positions are those of the mark `revocations_given`. */
export const revocations = table('revocations', {
  sequence: integer,
  kind: textOf<RevocationKind>(),
  id: text,
  before: integer,
  until: integer,
  /** NULL: it concerns every reader. */
  apis: orAbsent(json<readonly string[]>()),
})

/** What the master key seals and belongs to no other row. */
export const sealedSecrets = table('sealed_secrets', { name: textOf<'password_pepper'>(), sealed: bytes })

export const schemaVersions = table('schema_versions', { version: integer, name: text, appliedAt: integer })
