/**
 * The tables in SECURITY.md that say which tokens outlive which event: every cell of them is tried here, and what the revocation
 * feed tells of each event.
 */
import {
  callerOf,
  nativeSession,
  nativeSessionPolicy,
  type PlainToken,
  type TokenSet,
  throughClient,
  type User,
} from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { toClients } from './survival/clients.ts'
import type { Told } from './survival/issuer.ts'
import { tableOf } from './survival/table.ts'
import { both, everyWayIn, type Person, toUsers, type UserEvent } from './survival/users.ts'
import { here, openTestIssuer, reveal, type TestIssuer } from './test-issuer.ts'

/** The names stand for ids that differ in each run; a key set needs none. */
async function toldSince(issuer: TestIssuer, last: number, names: Readonly<Record<string, string>>): Promise<Told> {
  const entries = await issuer.store.revocations.listAfter(last, 100)
  return entries.map(({ kind, id }) => (kind === 'key' ? kind : `${kind} ${names[id] ?? id}`))
}

const ways = ['password', 'authenticator', 'pending secret', 'recovery codes'] as const
const tokens = ['this session', 'other sessions', 'personal tokens', 'client secrets'] as const

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

describe('what a user holds', () => {
  const { columns, rows } = tableOf('event, for a user')

  it('is decided for every event, and no other', () => {
    expect(columns).toEqual([...ways, ...tokens])
    expect(rows.map(([event]) => event).sort()).toEqual(Object.keys(toUsers).sort())
  })

  it.each(rows)('when %s: %s, %s, %s, %s; %s, %s, %s, %s', async (event = '', ...expected) => {
    await using issuer = await openTestIssuer()
    const { happens, required = both, told = ['subject user'] } = toUsers[event] as UserEvent
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
    const { last } = await issuer.store.revocations.state()

    await happens(person)
    const after = await stored(person)
    const names = { [user.id]: 'user', [person.owner.id]: 'owner', [session.authorization.id]: 'session' }
    expect(await toldSince(issuer, last, names)).toEqual(told)
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

describe('what a client holds', () => {
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
    const { last } = await issuer.store.revocations.state()
    const { happens, told } = toClients[event] as (typeof toClients)[string]
    await happens({ issuer, client, credentialId: credential.id })
    expect(await toldSince(issuer, last, { [client.id]: 'it' })).toEqual(told)
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
