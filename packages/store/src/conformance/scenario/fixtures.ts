import { createHash } from 'node:crypto'
import type {
  Api,
  AuditAction,
  AuditEvent,
  Authorization,
  Cap,
  Client,
  ClientCredential,
  Enrolment,
  KeyAddition,
  RotateCommand,
  RotationAudit,
  StoredKeySet,
  User,
  WriteCondition,
} from '@countersign/core'
import type { Droplet, DropletChange, RecentFile } from '@countersign/resources'
import type { StoreHandle } from '../../open/open.ts'

/** The instant at which everything in the suite begins. */
export const start = 1_750_000_000
export const day = 86_400

/** SHA-256 of anything: what digests look like. */
export const digest = (of: string): Uint8Array => new Uint8Array(createHash('sha256').update(of).digest())

/** The `n`th id in the order of time. */
export const idOf = (n: number): string => start.toString(16).padStart(10, '0') + n.toString(16).padStart(12, '0')

/*
 * Every field of a fixture has a value of its own, since a zero or an absent one survives even where a column was
 * forgotten.
 */

export const user = (n: number, differing: Partial<User> = {}): User => ({
  id: `user-${n}`,
  username: `Ada.${n}`,
  canonicalName: `ada.${n}`,
  role: 'manager',
  requiredFactors: ['password', 'totp'],
  passwordHash: `$argon2id$${n}`,
  createdAt: start + n,
  disabledAt: undefined,
  sessionsEpoch: 7,
  personalEpoch: 5,
  version: 3,
  nameSkeleton: `ada.${n}`,
  mustChangeSince: start + 20,
  passwordStandsAlone: true,
  ...differing,
})

export const client = (n: number, differing: Partial<Client> = {}): Client => ({
  id: `client-${n}`,
  name: `Reporting ${n}`,
  type: 'openstack',
  role: 'viewer',
  audience: ['https://api.example', 'https://files.example'],
  scope: ['read', 'write'],
  apis: [{ id: 'api-1', identifier: 'https://api.example', scope: ['orders:read'], mayAct: true }],
  tokenForm: 'opaque',
  accessLifetimeSeconds: 1800,
  reuseLeewaySeconds: 20,
  createdAt: start + n,
  disabledAt: undefined,
  epoch: 4,
  ...differing,
})

export const credential = (n: number, differing: Partial<ClientCredential> = {}): ClientCredential => ({
  id: `key-${n}`,
  clientId: 'client-1',
  secretDigest: digest(`secret ${n}`),
  createdAt: start + n,
  expiresAt: start + 90 * day,
  revokedAt: undefined,
  ...differing,
})

export const api = (n: number, differing: Partial<Api> = {}): Api => ({
  id: `api-${n}`,
  identifier: `https://api-${n}.example`,
  name: `Orders ${n}`,
  scopes: [
    { name: 'orders:read', description: 'See orders.', leastRole: 'viewer' },
    { name: 'orders:write', description: 'Change orders.', leastRole: 'manager' },
  ],
  tokenForm: 'opaque',
  tokenType: 'jwt',
  accessLifetimeSeconds: 900,
  allowedOrigins: [`https://app-${n}.example`],
  firstParty: true,
  createdAt: start + n,
  ...differing,
})

/** A user's login through a registered client, active and never refreshed. */
export const session = (n: number, differing: Partial<Authorization> = {}): Authorization => ({
  id: idOf(n),
  kind: 'session',
  subject: { kind: 'user', id: 'user-1' },
  clientId: 'client-1',
  clientEpoch: 4,
  dialect: 'native',
  roleCeiling: 'manager',
  scope: ['read', 'write'],
  audience: ['https://issuer.example'],
  apis: [],
  factors: ['password', 'totp'],
  epoch: 7,
  accessForm: 'jwt',
  accessLifetimeSeconds: 600,
  createdAt: start,
  expiresAt: start + 30 * day,
  generation: 0,
  refreshKeyNumber: 3,
  retryKeyDigest: undefined,
  rotatedAt: undefined,
  revokedAt: undefined,
  lastUsedAt: undefined,
  lastUsedFrom: undefined,
  secretDigest: undefined,
  mask: undefined,
  label: undefined,
  authenticatedAt: start - 5,
  idleSeconds: undefined,
  rotatedFrom: undefined,
  repeats: 0,
  ...differing,
})

/** Everything set at once, as no real one has it. */
export const fullAuthorization = (n: number): Authorization =>
  session(n, {
    kind: 'personal',
    apis: [{ id: 'api-1', identifier: 'https://issuer.example', scope: ['read', 'write'] }],
    generation: 9,
    retryKeyDigest: digest('retry key'),
    rotatedAt: start + 1,
    revokedAt: start + 2,
    lastUsedAt: start + 3,
    lastUsedFrom: { address: '2001:db8::7', agent: 'curl/8.16.0', clientId: 'client-1' },
    secretDigest: digest('personal token'),
    mask: 'cs_pat_4fKq…a9Q2',
    label: 'nightly “backup”',
    idleSeconds: 1_209_600,
    rotatedFrom: '2001:db8::/64',
    repeats: 2,
  })

export const standing = (n: number, differing: Partial<Authorization> = {}): Authorization =>
  session(n, {
    kind: 'standing',
    subject: { kind: 'client', id: 'client-1' },
    roleCeiling: 'viewer',
    factors: [],
    epoch: 4,
    accessForm: 'opaque',
    expiresAt: undefined,
    refreshKeyNumber: undefined,
    ...differing,
  })

export const keySet = (number: number, differing: Partial<StoredKeySet> = {}): StoredKeySet => ({
  number,
  kid: `kid-${number}`,
  algorithm: 'EdDSA',
  publicJwk: `{"kty":"OKP","n":${number}}`,
  sealed: digest(`sealed ${number}`),
  createdAt: start + number,
  activatesAt: start + 100 * number,
  supersededAt: undefined,
  revokedAt: undefined,
  ...differing,
})

export const droplet = (n: number, differing: Partial<Droplet> = {}): Omit<Droplet, 'number'> => ({
  id: `d0${n}`,
  name: `brave-otter-${n}`,
  state: 'active',
  creator: 'Ada.1',
  createdAt: start,
  changedAt: start + n,
  ports: { '22': { type: 'tcp', from: { ip: '127.0.0.1', port: 40_000 + n } } },
  ...differing,
})

/** A TOTP secret that was confirmed and used, and guessed at since. */
export const enrolment = (n: number, differing: Partial<Enrolment> = {}): Enrolment => ({
  userId: 'user-1',
  slot: 'active',
  sealed: digest(`totp ${n}`),
  createdAt: start + n,
  confirmedAt: start + 10 + n,
  lastStep: 58_333_333 + n,
  failures: 2 + n,
  ...differing,
})

export const recentFile = (n: number, differing: Partial<RecentFile> = {}): RecentFile => ({
  id: `repository-${n}`,
  name: `main-${n}.ts`,
  seenAtMilliseconds: start * 1000 + n,
  revision: `r${n}`,
  path: `/src/main-${n}.ts`,
  ...differing,
})

/** An event with nothing left out. */
export const event = (action: AuditAction, differing: Partial<AuditEvent> = {}): AuditEvent => ({
  at: start,
  action,
  actor: { kind: 'user', id: 'user-1' },
  subject: { kind: 'client', id: 'client-1' },
  authorizationId: idOf(1),
  clientId: 'client-1',
  dialect: 'native',
  address: '2001:db8::7',
  requestId: 'request-1',
  detail: { count: 3, reason: 'test', forced: true },
  ...differing,
})

/** A change of a droplet that the actor of `event` asked for. */
export const dropletChange = (action: DropletChange['action']): DropletChange => {
  const { actor, address, requestId } = event('droplet_changed')
  return { action, by: { actor, name: 'Ada.1', address, requestId }, at: start }
}

/** A refresh of the `n`th session as most clients send it: generation 0, a minute after it began, no key, no leeway. */
export const refresh = (n: number, differing: Partial<RotateCommand> = {}): RotateCommand => ({
  id: idOf(n),
  generation: 0,
  now: start + 60,
  latest: start + 60,
  from: '192.0.2.1',
  retryKeyDigest: undefined,
  retryWindowSeconds: 60,
  reuseLeewaySeconds: 0,
  reuseGrace: undefined,
  refreshKeyNumber: 8,
  ...differing,
})

export const rotationAudit: RotationAudit = (outcome) => event(rotationActions[outcome])

const rotationActions = {
  rotated: 'authorization_rotated',
  repeated: 'refresh_repeated',
  late: 'refresh_late',
  reused: 'authorization_reused',
} as const

/** Nothing that a write would depend on. */
export const always: WriteCondition = { latest: start }

/** The first user as the fixture has them, and their first session, the presented one. */
export const judged = (differing: Partial<WriteCondition> = {}): WriteCondition => ({
  user: { id: 'user-1', version: user(1).version },
  asking: idOf(1),
  latest: start,
  ...differing,
})

export const newPassword = (hash: string) => ({ hash, standsAlone: true })

/** An addition that was decided on when the newest set was `after`. */
export const addition = (set: StoredKeySet, after?: number, removing: readonly number[] = []): KeyAddition => ({
  set,
  after,
  removing,
})

/** A user, a client with a secret, and one session of that user through that client. */
export const withSession = async (store: StoreHandle, differing: Partial<Authorization> = {}): Promise<void> => {
  await withPrincipals(store)
  await store.authorizations.create(session(1, differing), event('authorization_created'))
}

export const withPrincipals = async (store: StoreHandle): Promise<void> => {
  await store.users.create(user(1), event('user_created'))
  await store.clients.create(client(1), credential(1), event('client_created'))
}

/** How many events of each kind the trail holds. */
export const trail = async (store: StoreHandle): Promise<Partial<Record<AuditAction, number>>> => {
  const counts: Partial<Record<AuditAction, number>> = {}
  for (const { action } of await store.audit.list({ limit: 10_000 })) counts[action] = (counts[action] ?? 0) + 1
  return counts
}

/** A cap of ten in a dialect. Unused ones yield. */
export const cap = (differing: Partial<Cap> = {}): Cap => ({
  most: 10,
  among: 'dialect',
  yields: 'unused',
  latest: start,
  lastUse: () => undefined,
  yielded: event('authorization_revoked'),
  ...differing,
})
