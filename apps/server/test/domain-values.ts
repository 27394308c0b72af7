// Everything that the domain can hand to a wire, as fast-check makes it up; frozen, since a translation changes nothing.
import {
  type Authorization,
  type AuthorizationKind,
  type Client,
  PlainToken,
  type Subject,
  type TokenSet,
  type User,
} from '@countersign/core'
import type { Droplet, RecentFile } from '@countersign/resources'
import fc from 'fast-check'
import { dialectNames } from '../src/dialects/registry.ts'

/** To the bottom, but for bytes, which cannot be. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  for (const inner of Object.values(value)) frozen(inner)
  return Object.freeze(value)
}

const text = (pattern: RegExp) => fc.stringMatching(pattern)

const id = text(/^[0-9a-f]{22}$/)
const username = text(/^[A-Za-z0-9]([A-Za-z0-9._@+-]{0,62}[A-Za-z0-9])?$/)
/** Whole seconds from the beginning to the year 2242: what is stored outlives 2038. */
export const epochSeconds = fc.integer({ min: 0, max: 0x1_ffff_ffff })
const jwt = text(/^eyJ[\w-]{10,60}\.eyJ[\w-]{10,200}\.[\w-]{43,86}$/)
const hex = text(/^[0-9a-f]{64}$/)
const role = fc.constantFrom('viewer', 'manager', 'owner' as const)
const clientRole = fc.constantFrom('viewer', 'manager' as const)
const scope = fc.constantFrom(['read'], ['write'], ['read', 'write'])
const factors = fc.subarray(['password', 'totp'] as const)
const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

/** Secrets that a list must not show, whatever it is made of. */
export const secret = text(/^cs_pat_[0-9A-Za-z]{36}$/)

export const authorization: fc.Arbitrary<Authorization> = fc
  .record({
    id,
    kind: fc.constantFrom<AuthorizationKind[]>('session', 'standing', 'fixed', 'personal'),
    subject: fc.record({ kind: fc.constantFrom<Subject['kind'][]>('user', 'client'), id }),
    clientId: fc.oneof(id, fc.constantFrom('countersign', ...dialectNames)),
    clientEpoch: optional(fc.nat()),
    dialect: fc.constantFrom('native', 'oauth', ...dialectNames),
    roleCeiling: role,
    scope,
    audience: fc.constant(['https://auth.example']),
    apis: fc.constant([]),
    factors,
    epoch: fc.nat(),
    accessForm: fc.constantFrom<Authorization['accessForm'][]>('jwt', 'opaque', 'hex'),
    accessLifetimeSeconds: fc.nat(31_536_000),
    createdAt: epochSeconds,
    expiresAt: optional(epochSeconds),
    generation: fc.nat(),
    refreshKeyNumber: optional(fc.integer({ min: 1, max: 255 })),
    retryKeyDigest: optional(bytes),
    rotatedAt: optional(epochSeconds),
    revokedAt: optional(epochSeconds),
    lastUsedAt: optional(epochSeconds),
    lastUsedFrom: optional(
      fc.record({ address: fc.constant('192.0.2.1'), agent: optional(fc.string()), clientId: optional(id) }),
    ),
    secretDigest: optional(bytes),
    mask: optional(text(/^cs_pat_[0-9A-Za-z]{4}…[0-9A-Za-z]{4}$/)),
    label: optional(fc.string({ maxLength: 100 })),
    authenticatedAt: epochSeconds,
    idleSeconds: optional(fc.nat(31_536_000)),
    rotatedFrom: optional(fc.constant('192.0.2.1')),
    repeats: fc.nat(32),
  })
  .map((given) => frozen(given))

/** @param form What the dialect's tokens look like. */
export const tokenSet = (form: 'jwt' | 'hex', refreshable: boolean): fc.Arbitrary<TokenSet> => {
  const token = (form === 'jwt' ? jwt : hex).map((value) => new PlainToken(value))
  return fc
    .record({
      authorization,
      accessToken: token,
      expiresInSeconds: fc.nat(31_536_000),
      refreshToken: refreshable ? token : fc.constant(undefined),
      refreshExpiresInSeconds: refreshable ? fc.nat(31_536_000) : fc.constant(undefined),
      role,
      scope,
      audience: fc.constant(['https://auth.example']),
    })
    .map((given) => frozen(given))
}

export const user: fc.Arbitrary<User> = fc
  .record({
    id,
    username,
    role,
    requiredFactors: factors,
    passwordHash: optional(text(/^\$argon2id\$v=19\$m=47104,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)),
    createdAt: epochSeconds,
    disabledAt: optional(epochSeconds),
    sessionsEpoch: fc.nat(),
    personalEpoch: fc.nat(),
    version: fc.nat(),
    mustChangeSince: optional(epochSeconds),
    passwordStandsAlone: optional(fc.boolean()),
  })
  .map((given) =>
    frozen({ ...given, canonicalName: given.username.toLowerCase(), nameSkeleton: given.username.toLowerCase() }),
  )

export const client: fc.Arbitrary<Client> = fc
  .record({
    id,
    name: text(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}[A-Za-z0-9]$/),
    type: fc.constantFrom(undefined, 'openstack', 'host', 'application'),
    role: clientRole,
    audience: fc.constant([]),
    apis: fc.constant([]),
    scope,
    tokenForm: fc.constantFrom<Client['tokenForm'][]>('jwt', 'opaque'),
    accessLifetimeSeconds: optional(fc.nat(3600)),
    reuseLeewaySeconds: fc.nat(60),
    createdAt: epochSeconds,
    disabledAt: optional(epochSeconds),
    epoch: fc.nat(),
  })
  .map((given) => frozen(given))

const ports: fc.Arbitrary<Droplet['ports']> = fc.dictionary(
  fc.integer({ min: 1, max: 65_535 }).map(String),
  fc.record({
    type: fc.constantFrom<('tcp' | 'udp')[]>('tcp', 'udp'),
    from: fc.record({ ip: fc.ipV4(), port: fc.integer({ min: 1, max: 65_535 }) }),
  }),
  { maxKeys: 5 },
)

export const droplet: fc.Arbitrary<Droplet> = fc
  .record({
    id: text(/^[0-9a-f]{12}$/),
    number: fc.nat(),
    name: text(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$/),
    state: fc.constantFrom<Droplet['state'][]>('active', 'stopped'),
    creator: username,
    createdAt: epochSeconds,
    changedAt: epochSeconds,
    ports,
  })
  .map((given) => frozen({ ...given, ports: given.state === 'active' ? given.ports : {} }))

export const recentFile: fc.Arbitrary<RecentFile> = fc
  .record({
    id: text(/^[\w./-]{1,100}$/),
    name: fc.string({ minLength: 1, maxLength: 100 }),
    seenAtMilliseconds: epochSeconds.map((seconds) => seconds * 1000 + (seconds % 1000)),
    revision: text(/^[\w.]{1,40}$/),
    path: text(/^[\w./-]{1,200}$/),
  })
  .map((given) => frozen(given))
