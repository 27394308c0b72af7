/** The tables in SECURITY.md that say which tokens outlive which event: every cell of them is tried here. */
import { readFileSync } from 'node:fs'
import {
  type Access,
  type Caller,
  type Client,
  callerOf,
  type Factor,
  localCaller,
  nativeSession,
  nativeSessionPolicy,
  type PlainToken,
  type TokenSet,
  throughClient,
  totpCode,
  totpStepSeconds,
  type User,
} from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { goodPassword } from './people.ts'
import { here, openTestIssuer, reveal, type TestIssuer } from './test-issuer.ts'

const document = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8')

/** The rows of the table whose first heading is this; each cell says `lives`, `ends` or `new`. */
function tableOf(heading: string): { readonly columns: readonly string[]; readonly rows: readonly string[][] } {
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  const lines = document.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} |`))
  expect(start, heading).toBeGreaterThan(0)
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('|'))
  return { columns: cells(lines[start] as string).slice(1), rows: lines.slice(start + 2, end).map(cells) }
}

const owner: Caller = { ...here, subject: { kind: 'user', id: 'f'.repeat(22) } }
const next = 'another long and honest password'

async function accessOf(issuer: TestIssuer, token: PlainToken): Promise<Access> {
  const check = await issuer.useCases.accessTokens.check(reveal(token))
  if (check.outcome !== 'active') throw new Error(check.outcome)
  return check.access
}

interface Person {
  readonly issuer: TestIssuer
  readonly user: User
  readonly owner: User
  readonly session: Access
  readonly refreshToken: string
  /** The secrets of their two slots, the active one confirmed. */
  readonly secrets: { readonly active: Uint8Array; readonly pending: Uint8Array }
}

const revokeAllKeys = async (issuer: TestIssuer) => {
  for (const { kid } of await issuer.store.keys.list()) await issuer.revokeKeys(kid)
}

/** A code of a secret, good at this moment and a step later than any before. */
function codeOf(issuer: TestIssuer, secret: Uint8Array): string {
  issuer.clock.advance(totpStepSeconds)
  return totpCode(secret, Math.floor(issuer.clock.now() / totpStepSeconds))
}

/** All that is required of the person, shown anew. */
const shown = ({ issuer, secrets }: Person) => ({ password: goodPassword, code: codeOf(issuer, secrets.active) })

interface Event {
  readonly happens: (person: Person) => Promise<unknown>
  /** What they must show at login when it happens. Default is both. */
  readonly required?: readonly Factor[]
}

const both: readonly Factor[] = ['password', 'totp']

const toPeople: Readonly<Record<string, Event>> = {
  'they change their password': {
    required: ['password'],
    happens: ({ issuer, session }) =>
      issuer.useCases.me.changePassword({ current: goodPassword, next }, callerOf(session.authorization, here.context)),
  },
  'the owner sets their password': {
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, password: next }, owner),
  },
  'the owner sets a password that they must change': {
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, password: next, mustChange: true }, owner),
  },
  'they change a password that they must change': {
    happens: async (one) => {
      const { user, issuer, secrets } = one
      await one.issuer.useCases.users.reset({ id: user.id, password: next, mustChange: true }, owner)
      const code = { code: codeOf(issuer, secrets.active) }
      const who = await issuer.useCases.login.begin({ username: 'alice', password: next, ...code }, here)
      expect(who.incomplete).toBe('password_change')
      const { authorization } = await issuer.useCases.sessions.openIncomplete({ who, kind: 'password_change' }, here)
      const shown = {
        current: next,
        next: 'yet another long and honest password',
        code: codeOf(issuer, secrets.active),
      }
      await issuer.useCases.me.changePassword(shown, callerOf(authorization, here.context))
      expect((await issuer.store.authorizations.find(authorization.id))?.authorization.epoch).toBeLessThan(
        (await issuer.store.users.find(user.id))?.sessionsEpoch ?? 0,
      )
    },
  },
  'the same, and a code was their only factor': {
    required: ['totp'],
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, password: next }, owner),
  },
  'the owner resets their TOTP secret': {
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, totp: true }, owner),
  },
  '`reset-password`': {
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, password: next }, localCaller),
  },
  '`create-user -r`, for a user whose only factor is a code': {
    required: ['totp'],
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, totp: true }, localCaller),
  },
  '`create-user -r --password-stdin`': {
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, password: next }, localCaller),
  },
  '`create-user -r --password-stdin --totp`': {
    happens: (one) => one.issuer.useCases.users.reset({ id: one.user.id, password: next, totp: true }, localCaller),
  },
  'a code confirms a TOTP secret that replaces another': {
    happens: async ({ issuer, user, secrets }) => {
      expect(await issuer.useCases.totp.confirm({ user, code: codeOf(issuer, secrets.pending) }, here.context)).toBe(
        true,
      )
    },
  },
  'they require more factors of themselves': {
    required: ['password'],
    happens: (one) =>
      one.issuer.useCases.me.chooseFactors(
        { required: both, shown: shown(one) },
        callerOf(one.session.authorization, here.context),
      ),
  },
  'they require fewer factors of themselves': {
    happens: (one) =>
      one.issuer.useCases.me.chooseFactors(
        { required: ['password'], shown: shown(one) },
        callerOf(one.session.authorization, here.context),
      ),
  },
  'the owner requires more factors of them': {
    required: ['password'],
    happens: (one) => one.issuer.useCases.users.change({ id: one.user.id, requiredFactors: both }, owner),
  },
  'the owner requires fewer factors of them': {
    happens: (one) => one.issuer.useCases.users.change({ id: one.user.id, requiredFactors: ['password'] }, owner),
  },
  'the owner changes their role': {
    happens: (one) => one.issuer.useCases.users.change({ id: one.user.id, role: 'viewer' }, owner),
  },
  'they become the owner': {
    happens: (one) =>
      one.issuer.useCases.users.transferOwnership(
        { to: one.user.id, proof: { user: one.owner, on: { latest: one.issuer.clock.latest() } } },
        here,
      ),
  },
  'they transfer the ownership': {
    happens: async (one) => {
      const on = { latest: one.issuer.clock.latest() }
      await one.issuer.useCases.users.transferOwnership({ to: one.user.id, proof: { user: one.owner, on } }, here)
      await one.issuer.useCases.users.transferOwnership({ to: one.owner.id, proof: { user: one.user, on } }, here)
    },
  },
  'they end this session': {
    happens: ({ issuer, session }) =>
      issuer.useCases.revocation.revoke(session.authorization, { ...here, subject: session.authorization.subject }),
  },
  'a refresh token of this session is used twice': {
    happens: async ({ issuer, refreshToken }) => {
      await issuer.refresh(refreshToken)
      await expect(issuer.refresh(refreshToken)).rejects.toMatchObject({ code: 'refresh_token_reused' })
    },
  },
  'they end their other sessions': {
    happens: ({ issuer, session }) =>
      issuer.useCases.revocation.endOtherSessions(callerOf(session.authorization, here.context)),
  },
  'the owner ends all users’ sessions': {
    happens: async ({ issuer, owner }) => {
      const { authorization } = await issuer.useCases.sessions.open(
        { who: { user: owner, factors: ['password'] }, policy: nativeSessionPolicy },
        here,
      )
      const proof = { user: owner, on: { latest: issuer.clock.latest() } }
      await issuer.useCases.revocation.endEverybodysSessions(proof, callerOf(authorization, here.context))
    },
  },
  'they use no session for 14 days': {
    happens: async ({ issuer }) => issuer.clock.advance(issuer.domain.policy.sessionIdleSeconds),
  },
  'the owner ends all their sessions': {
    happens: (one) => one.issuer.useCases.revocation.revokeAllOf({ userId: one.user.id, personal: false }, owner),
  },
  'the owner revokes everything that they hold': {
    happens: (one) => one.issuer.useCases.revocation.revokeAllOf({ userId: one.user.id, personal: true }, owner),
  },
  'they are disabled': {
    happens: (one) => one.issuer.useCases.users.change({ id: one.user.id, disabled: true }, owner),
  },
  'they are disabled, and enabled again': {
    happens: async (one) => {
      await one.issuer.useCases.users.change({ id: one.user.id, disabled: true }, owner)
      await one.issuer.useCases.users.change({ id: one.user.id, disabled: false }, owner)
    },
  },
  'they are deleted': { happens: (one) => one.issuer.useCases.users.remove(one.user.id, owner) },
  'all key sets are revoked': { happens: ({ issuer }) => revokeAllKeys(issuer) },
}

const ways = ['password', 'authenticator', 'pending secret', 'recovery codes'] as const
const tokens = ['this session', 'other sessions', 'personal tokens', 'client secrets'] as const

/** Somebody with every way in that there is. */
async function everyWayIn(issuer: TestIssuer, requiredFactors: readonly Factor[]): Promise<Person> {
  const { totp, login, sessions } = issuer.useCases
  const owner = await issuer.addUser({ username: 'owner', role: 'owner' })
  const added = await issuer.addUser({ role: 'manager', requiredFactors })
  const { id } = added
  const active = await totp.setUp(id, here)
  expect(await totp.confirm({ user: added, code: codeOf(issuer, active) }, here.context)).toBe(true)
  const pending = await totp.setUp(id, here)
  await issuer.useCases.recoveryCodes.renew({ userId: id }, localCaller)
  const required = requiredFactors.includes('password') ? { password: goodPassword } : {}
  const code = requiredFactors.includes('totp') ? { code: codeOf(issuer, active) } : {}
  const who = await login.authenticate({ username: 'alice', ...required, ...code }, here)
  const { accessToken, refreshToken } = await sessions.open(
    { who, policy: nativeSession(issuer.domain.policy, { cookie: false }) },
    here,
  )
  const session = await accessOf(issuer, accessToken)
  const user = (await issuer.store.users.find(id)) as User
  const refresh = reveal(refreshToken as PlainToken)
  return { issuer, user, owner, session, refreshToken: refresh, secrets: { active, pending } }
}

/** The ways in as they are stored. */
async function stored({ issuer, user }: Person) {
  const now = await issuer.store.users.find(user.id)
  const { active, pending } = await issuer.store.enrolments.find(user.id)
  return {
    password: now?.passwordHash,
    authenticator: active && Buffer.from(active.sealed).toString('hex'),
    'pending secret': pending && Buffer.from(pending.sealed).toString('hex'),
    'recovery codes': (await issuer.store.recoveryCodes.countLeft(user.id)) || undefined,
  }
}

describe('N-123 what a user holds', () => {
  const { columns, rows } = tableOf('event, for a user')

  it('is decided for every event, and no other', () => {
    expect(columns).toEqual([...ways, ...tokens])
    expect(rows.map(([event]) => event).sort()).toEqual(Object.keys(toPeople).sort())
  })

  it.each(rows)('when %s: %s, %s, %s, %s; %s, %s, %s, %s', async (event = '', ...expected) => {
    await using issuer = await openTestIssuer()
    const { happens, required = both } = toPeople[event] as Event
    const person = await everyWayIn(issuer, required)
    const { user, session } = person
    const who = { user: (await issuer.store.users.find(user.id)) as User, factors: required }
    const other = await issuer.useCases.sessions.open(
      { who, policy: nativeSession(issuer.domain.policy, { cookie: false }) },
      here,
    )
    const proof = await issuer.useCases.stepUp.requireRecent({}, callerOf(session.authorization, here.context))
    const personal = await issuer.useCases.personalTokens.create({ access: session, proof, dialect: 'native' }, here)
    const { client, secret } = await issuer.addClient()
    const before = await stored(person)

    await happens(person)
    const after = await stored(person)
    const fate = (way: (typeof ways)[number]) =>
      after[way] === undefined ? 'ends' : after[way] === before[way] ? 'lives' : 'new'
    expect(ways.map(fate)).toEqual(expected.slice(0, 4))

    const lives = (yes: boolean) => (yes ? 'lives' : 'ends')
    const refreshed = async (token: string) =>
      lives((await Promise.allSettled([issuer.refresh(token)]))[0].status === 'fulfilled')
    const credentials = { clientId: client.id, secret: reveal(secret) }
    const authenticated = issuer.useCases.clientAuthentication.authenticate(credentials, here)
    const otherAccess = lives(await issuer.accepts(reveal(other.accessToken)))
    const found = [
      await refreshed(person.refreshToken),
      await refreshed(reveal(other.refreshToken as PlainToken)),
      lives(await issuer.accepts(reveal(personal.token))),
      lives((await Promise.allSettled([authenticated]))[0].status === 'fulfilled'),
    ]
    expect(found).toEqual(expected.slice(4))
    // An access token lives and ends with its session.
    expect(otherAccess).toBe(expected[5])
  })
})

interface Robot {
  readonly issuer: TestIssuer
  readonly client: Client
  readonly credentialId: string
}

const toClients: Readonly<Record<string, (robot: Robot) => Promise<unknown>>> = {
  'its secret is revoked': ({ issuer, client, credentialId }) =>
    issuer.useCases.clients.revokeCredential({ clientId: client.id, id: credentialId }, owner),
  'its secret expires': async ({ issuer, client, credentialId }) => {
    await issuer.useCases.clients.expireCredential(
      { clientId: client.id, id: credentialId, expiresInSeconds: 1 },
      owner,
    )
    issuer.clock.advance(2)
  },
  'a new secret replaces the old': ({ issuer, client }) =>
    issuer.useCases.clients.replaceSecret({ clientId: client.id }, owner),
  'it is disabled, and enabled again': async ({ issuer, client }) => {
    await issuer.useCases.clients.disable(client.id, owner)
    await issuer.useCases.clients.enable(client.id, owner)
  },
  'it is deleted': ({ issuer, client }) => issuer.useCases.clients.remove(client.id, owner),
  'all key sets are revoked': ({ issuer }) => revokeAllKeys(issuer),
}

describe('N-123 what a client holds', () => {
  const { columns, rows } = tableOf('event, for a client')

  it('is decided for every event, and no other', () => {
    expect(columns).toEqual(['the secret or access key', 'its tokens', 'sessions opened through it'])
    expect(rows.map(([event]) => event).sort()).toEqual(Object.keys(toClients).sort())
  })

  it.each(rows)('when %s: %s, %s, %s', async (event = '', ...expected) => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    const { client, credential, secret } = await issuer.addClient()
    const { fixedTokens, clientAuthentication } = issuer.useCases
    const standing = await issuer.machineToken(client)
    const fixed = await fixedTokens.issue({ client, dialect: 'lyve', lifetimeSeconds: 86_400 }, here)
    const session = await issuer.login('alice', throughClient(nativeSessionPolicy, client))
    await toClients[event]?.({ issuer, client, credentialId: credential.id })
    const lives = async (attempt: Promise<unknown>) =>
      (await Promise.allSettled([attempt]))[0].status === 'fulfilled' ? 'lives' : 'ends'
    const works = async ({ accessToken }: TokenSet) => ((await issuer.accepts(reveal(accessToken))) ? 'lives' : 'ends')
    const [secretOrKey, tokens, sessions] = expected
    const key = { account: client.name, keyId: credential.id, secret: reveal(secret) }
    expect(await lives(clientAuthentication.authenticate({ clientId: client.id, secret: reveal(secret) }, here))).toBe(
      secretOrKey,
    )
    expect(await lives(clientAuthentication.authenticateKey(key, here))).toBe(secretOrKey)
    expect([await works(standing), await works(fixed)]).toEqual([tokens, tokens])
    const by = { clientId: client.id, dialect: nativeSessionPolicy.dialect }
    const refreshed = issuer.refresh(reveal(session.refreshToken as PlainToken), { by })
    expect([await works(session), await lives(refreshed)]).toEqual([sessions, sessions])
  })
})
