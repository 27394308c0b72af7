/** The tables in SECURITY.md that say which tokens outlive which event: every cell of them is tried here. */
import { readFileSync } from 'node:fs'
import {
  type Access,
  type Client,
  type Factor,
  nativeSession,
  nativeSessionPolicy,
  type PlainToken,
  renewRecoveryCodes,
  type TokenSet,
  throughClient,
  totpCode,
  totpStepSeconds,
  type User,
} from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { goodPassword } from './people.ts'
import { here, openWorld, reveal, type World } from './world.ts'

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

const owner = { actor: { kind: 'user', id: 'f'.repeat(22) } as const, circumstances: here }
const next = 'another long and honest password'

async function accessOf(world: World, token: PlainToken): Promise<Access> {
  const check = await world.useCases.accessTokens.check(reveal(token))
  if (check.outcome !== 'active') throw new Error(check.outcome)
  return check.access
}

interface Person {
  readonly world: World
  readonly user: User
  readonly owner: User
  readonly session: Access
  readonly refreshToken: string
  /** The secrets of their two slots, the active one confirmed. */
  readonly secrets: { readonly active: Uint8Array; readonly pending: Uint8Array }
}

const revokeAllKeys = async (world: World) => {
  for (const { kid } of await world.store.keys.list()) await world.revokeKeys(kid)
}

/** A code of a secret, good at this moment and a step later than any before. */
function codeOf(world: World, secret: Uint8Array): string {
  world.clock.advance(totpStepSeconds)
  return totpCode(secret, Math.floor(world.clock.now() / totpStepSeconds))
}

/** All that is required of the person, shown anew. */
const shown = ({ world, secrets }: Person) => ({ password: goodPassword, code: codeOf(world, secrets.active) })

const people = ({ world }: Person) => world.useCases.people

/** What the command line does: nobody's Authorization asks. */
const commandLine = { actor: undefined, circumstances: { address: undefined, requestId: undefined } } as const

interface Event {
  readonly happens: (person: Person) => Promise<unknown>
  /** What they must show at login when it happens. Default is both. */
  readonly required?: readonly Factor[]
}

const both: readonly Factor[] = ['password', 'totp']

const toPeople: Readonly<Record<string, Event>> = {
  'they change their password': {
    required: ['password'],
    happens: ({ world, session }) =>
      world.useCases.passwordChange.change(session.authorization, { current: goodPassword, next }, here),
  },
  'the owner sets their password': { happens: (one) => people(one).reset(one.user.id, { password: next }, owner) },
  'the owner sets a password that they must change': {
    happens: (one) => people(one).reset(one.user.id, { password: next, mustChange: true }, owner),
  },
  'they change a password that they must change': {
    happens: async (one) => {
      const { user, world, secrets } = one
      await people(one).reset(user.id, { password: next, mustChange: true }, owner)
      const code = { code: codeOf(world, secrets.active) }
      const who = await world.useCases.login.begin({ username: 'alice', password: next, ...code }, here)
      expect(who.incomplete).toBe('password_change')
      const { authorization } = await world.useCases.sessions.openIncomplete(who, 'password_change', here)
      const shown = { current: next, next: 'yet another long and honest password', code: codeOf(world, secrets.active) }
      await world.useCases.passwordChange.change(authorization, shown, here)
      expect((await world.store.authorizations.find(authorization.id))?.authorization.epoch).toBeLessThan(
        (await world.store.users.find(user.id))?.sessionsEpoch ?? 0,
      )
    },
  },
  'the same, and a code was their only factor': {
    required: ['totp'],
    happens: (one) => people(one).reset(one.user.id, { password: next }, owner),
  },
  'the owner resets their TOTP secret': { happens: (one) => people(one).reset(one.user.id, { totp: true }, owner) },
  '`reset-password`': { happens: (one) => people(one).reset(one.user.id, { password: next }, commandLine) },
  '`create-user -r`, for a user whose only factor is a code': {
    required: ['totp'],
    happens: (one) => people(one).reset(one.user.id, { totp: true }, commandLine),
  },
  '`create-user -r --password-stdin`': {
    happens: (one) => people(one).reset(one.user.id, { password: next }, commandLine),
  },
  '`create-user -r --password-stdin --totp`': {
    happens: (one) => people(one).reset(one.user.id, { password: next, totp: true }, commandLine),
  },
  'a code confirms a TOTP secret that replaces another': {
    happens: async ({ world, user, secrets }) => {
      expect(await world.useCases.totp.confirm(user, codeOf(world, secrets.pending), here)).toBe(true)
    },
  },
  'they require more factors of themselves': {
    required: ['password'],
    happens: (one) => one.world.useCases.freshProof.chooseFactors(one.session.authorization, both, shown(one), here),
  },
  'they require fewer factors of themselves': {
    happens: (one) =>
      one.world.useCases.freshProof.chooseFactors(one.session.authorization, ['password'], shown(one), here),
  },
  'the owner requires more factors of them': {
    required: ['password'],
    happens: (one) => people(one).change(one.user.id, { requiredFactors: both }, owner),
  },
  'the owner requires fewer factors of them': {
    happens: (one) => people(one).change(one.user.id, { requiredFactors: ['password'] }, owner),
  },
  'the owner changes their role': { happens: (one) => people(one).change(one.user.id, { role: 'viewer' }, owner) },
  'they become the owner': {
    happens: (one) =>
      people(one).transferOwnership(one.user.id, { user: one.owner, on: { latest: one.world.clock.latest() } }, here),
  },
  'they transfer the ownership': {
    happens: async (one) => {
      const on = { latest: one.world.clock.latest() }
      await people(one).transferOwnership(one.user.id, { user: one.owner, on }, here)
      await people(one).transferOwnership(one.owner.id, { user: one.user, on }, here)
    },
  },
  'they end this session': {
    happens: ({ world, session }) =>
      world.useCases.revocation.revoke(session.authorization, session.authorization.subject, here),
  },
  'a refresh token of this session is used twice': {
    happens: async ({ world, refreshToken }) => {
      await world.refresh(refreshToken)
      await expect(world.refresh(refreshToken)).rejects.toMatchObject({ code: 'refresh_token_reused' })
    },
  },
  'they end their other sessions': {
    happens: ({ world, session }) => world.useCases.people.endOtherSessions(session.authorization, here),
  },
  'the owner ends all users’ sessions': {
    happens: async ({ world, owner }) => {
      const { authorization } = await world.useCases.sessions.open(
        { user: owner, factors: ['password'] },
        nativeSessionPolicy,
        here,
      )
      const proof = { user: owner, on: { latest: world.clock.latest() } }
      await world.useCases.people.endEverybodysSessions(authorization, proof, here)
    },
  },
  'they use no session for 14 days': {
    happens: async ({ world }) => world.clock.advance(world.domain.policy.sessionIdleSeconds),
  },
  'the owner ends all their sessions': {
    happens: (one) => people(one).revokeAll(one.user.id, { personal: false }, owner),
  },
  'the owner revokes everything that they hold': {
    happens: (one) => people(one).revokeAll(one.user.id, { personal: true }, owner),
  },
  'they are disabled': { happens: (one) => people(one).change(one.user.id, { disabled: true }, owner) },
  'they are disabled, and enabled again': {
    happens: async (one) => {
      await people(one).change(one.user.id, { disabled: true }, owner)
      await people(one).change(one.user.id, { disabled: false }, owner)
    },
  },
  'they are deleted': { happens: (one) => people(one).remove(one.user.id, owner) },
  'all key sets are revoked': { happens: ({ world }) => revokeAllKeys(world) },
}

const ways = ['password', 'authenticator', 'pending secret', 'recovery codes'] as const
const tokens = ['this session', 'other sessions', 'personal tokens', 'client secrets'] as const

/** Somebody with every way in that there is. */
async function everyWayIn(world: World, requiredFactors: readonly Factor[]): Promise<Person> {
  const { totp, login, sessions } = world.useCases
  const owner = await world.addUser({ username: 'owner', role: 'owner' })
  const added = await world.addUser({ role: 'manager', requiredFactors })
  const { id } = added
  const active = await totp.setUp(id, undefined, here)
  expect(await totp.confirm(added, codeOf(world, active), here)).toBe(true)
  const pending = await totp.setUp(id, undefined, here)
  await renewRecoveryCodes(world.domain, id, undefined, here)
  const required = requiredFactors.includes('password') ? { password: goodPassword } : {}
  const code = requiredFactors.includes('totp') ? { code: codeOf(world, active) } : {}
  const who = await login.authenticate({ username: 'alice', ...required, ...code }, here)
  const { accessToken, refreshToken } = await sessions.open(
    who,
    nativeSession(world.domain.policy, { cookie: false }),
    here,
  )
  const session = await accessOf(world, accessToken)
  const user = (await world.store.users.find(id)) as User
  const refresh = reveal(refreshToken as PlainToken)
  return { world, user, owner, session, refreshToken: refresh, secrets: { active, pending } }
}

/** The ways in as they are stored. */
async function stored({ world, user }: Person) {
  const now = await world.store.users.find(user.id)
  const { active, pending } = await world.store.enrolments.find(user.id)
  return {
    password: now?.passwordHash,
    authenticator: active && Buffer.from(active.sealed).toString('hex'),
    'pending secret': pending && Buffer.from(pending.sealed).toString('hex'),
    'recovery codes': (await world.store.recoveryCodes.countLeft(user.id)) || undefined,
  }
}

describe('N-123 what a person holds', () => {
  const { columns, rows } = tableOf('event, for a user')

  it('is decided for every event, and no other', () => {
    expect(columns).toEqual([...ways, ...tokens])
    expect(rows.map(([event]) => event).sort()).toEqual(Object.keys(toPeople).sort())
  })

  it.each(rows)('when %s: %s, %s, %s, %s; %s, %s, %s, %s', async (event = '', ...expected) => {
    await using world = await openWorld()
    const { happens, required = both } = toPeople[event] as Event
    const person = await everyWayIn(world, required)
    const { user, session } = person
    const who = { user: (await world.store.users.find(user.id)) as User, factors: required }
    const other = await world.useCases.sessions.open(who, nativeSession(world.domain.policy, { cookie: false }), here)
    const proof = await world.useCases.freshProof.requireRecent(session.authorization)
    const personal = await world.useCases.personalTokens.create(session, proof, { dialect: 'native' }, here)
    const { client, secret } = await world.addClient()
    const before = await stored(person)

    await happens(person)
    const after = await stored(person)
    const fate = (way: (typeof ways)[number]) =>
      after[way] === undefined ? 'ends' : after[way] === before[way] ? 'lives' : 'new'
    expect(ways.map(fate)).toEqual(expected.slice(0, 4))

    const lives = (yes: boolean) => (yes ? 'lives' : 'ends')
    const refreshed = async (token: string) =>
      lives((await Promise.allSettled([world.refresh(token)]))[0].status === 'fulfilled')
    const credentials = { clientId: client.id, secret: reveal(secret) }
    const authenticated = world.useCases.clientAuthentication.authenticate(credentials, here)
    const otherAccess = lives(await world.accepts(reveal(other.accessToken)))
    const found = [
      await refreshed(person.refreshToken),
      await refreshed(reveal(other.refreshToken as PlainToken)),
      lives(await world.accepts(reveal(personal.token))),
      lives((await Promise.allSettled([authenticated]))[0].status === 'fulfilled'),
    ]
    expect(found).toEqual(expected.slice(4))
    // An access token lives and ends with its session.
    expect(otherAccess).toBe(expected[5])
  })
})

interface Robot {
  readonly world: World
  readonly client: Client
  readonly credentialId: string
}

const toClients: Readonly<Record<string, (robot: Robot) => Promise<unknown>>> = {
  'its secret is revoked': ({ world, client, credentialId }) =>
    world.useCases.software.revokeCredential({ clientId: client.id, id: credentialId }, owner),
  'its secret expires': async ({ world, client, credentialId }) => {
    await world.useCases.software.expireCredential({ clientId: client.id, id: credentialId }, 1, owner)
    world.clock.advance(2)
  },
  'a new secret replaces the old': ({ world, client }) =>
    world.useCases.software.replaceSecret(client.id, undefined, owner),
  'it is disabled, and enabled again': async ({ world, client }) => {
    await world.useCases.software.disable(client.id, owner)
    await world.useCases.software.enable(client.id, owner)
  },
  'it is deleted': ({ world, client }) => world.useCases.software.remove(client.id, owner),
  'all key sets are revoked': ({ world }) => revokeAllKeys(world),
}

describe('N-123 what a client holds', () => {
  const { columns, rows } = tableOf('event, for a client')

  it('is decided for every event, and no other', () => {
    expect(columns).toEqual(['the secret or access key', 'its tokens', 'sessions opened through it'])
    expect(rows.map(([event]) => event).sort()).toEqual(Object.keys(toClients).sort())
  })

  it.each(rows)('when %s: %s, %s, %s', async (event = '', ...expected) => {
    await using world = await openWorld()
    await world.addUser()
    const { client, credential, secret } = await world.addClient()
    const { fixedTokens, clientAuthentication } = world.useCases
    const standing = await world.machineToken(client)
    const fixed = await fixedTokens.issue({ client, dialect: 'lyve', lifetimeSeconds: 86_400 }, here)
    const session = await world.login('alice', throughClient(nativeSessionPolicy, client))
    await toClients[event]?.({ world, client, credentialId: credential.id })
    const lives = async (attempt: Promise<unknown>) =>
      (await Promise.allSettled([attempt]))[0].status === 'fulfilled' ? 'lives' : 'ends'
    const works = async ({ accessToken }: TokenSet) => ((await world.accepts(reveal(accessToken))) ? 'lives' : 'ends')
    const [secretOrKey, tokens, sessions] = expected
    const key = { account: client.name, keyId: credential.id, secret: reveal(secret) }
    expect(await lives(clientAuthentication.authenticate({ clientId: client.id, secret: reveal(secret) }, here))).toBe(
      secretOrKey,
    )
    expect(await lives(clientAuthentication.authenticateKey(key, here))).toBe(secretOrKey)
    expect([await works(standing), await works(fixed)]).toEqual([tokens, tokens])
    const by = { clientId: client.id, dialect: nativeSessionPolicy.dialect }
    const refreshed = world.refresh(reveal(session.refreshToken as PlainToken), { by })
    expect([await works(session), await lives(refreshed)]).toEqual([sessions, sessions])
  })
})
