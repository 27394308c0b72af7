/** Everything that can happen to an issuer, each step done to the real one and to the oracle, and compared. */
import { AuthError, callerOf, localCaller, nativeSessionPolicy, type TokenSet } from '@countersign/core'
import fc from 'fast-check'
import { expect } from 'vitest'
import { goodPassword } from '../people.ts'
import { from, here, hexSessionPolicy, reveal } from '../test-issuer.ts'
import {
  accessSeconds,
  graceSeconds,
  idleSeconds,
  type Model,
  type ModelRole,
  type ModelSession,
  machineSeconds,
  sessionSeconds,
} from './model.ts'
import { createPersonalToken, revokePersonalToken } from './personal-tokens.ts'
import { pick, pickSession, Step } from './step.ts'

const policies = { jwt: { ...nativeSessionPolicy, idleSeconds }, hex: hexSessionPolicy }
const byOf = ({ form }: ModelSession) => ({ clientId: policies[form].clientId, dialect: policies[form].dialect })
/** `same`: the key of the last rotation, as an honest client that lost the answer sends it. */
type RetryKey = number | 'same' | undefined
const retryKeyOf = (label: RetryKey, session: ModelSession) => {
  if (label === 'same') return session.retryKey
  return label === undefined ? undefined : `key-${label}`.padEnd(22, '_')
}
/** Where most refreshes come from. */
const home = '192.0.2.1'
/** The command line, which no session stands behind. */
const byCommandLine = localCaller
/** What a refusal said, or the token set. */
const outcomeOf = async (attempt: Promise<TokenSet>): Promise<TokenSet | string> => {
  try {
    return await attempt
  } catch (error) {
    if (error instanceof AuthError) return error.code
    throw error
  }
}

/** Notes down what was handed out. I4: an access token never outlives its Authorization. */
function handedOut(model: Model, session: ModelSession, set: TokenSet): void {
  const end = session.createdAt + sessionSeconds
  const lifetime = Math.max(0, Math.min(accessSeconds, end - model.now))
  if (session.form === 'jwt') expect(set.expiresInSeconds).toBe(lifetime)
  else expect(set.expiresInSeconds).toBeLessThanOrEqual(lifetime)
  session.access.push({
    text: reveal(set.accessToken),
    generation: session.generation,
    issuedAt: model.now,
    endsAt: model.now + lifetime,
    role: model.issuedRole(session),
    scope: set.scope,
  })
  const refreshToken = reveal(set.refreshToken)
  // I1: one refresh token for each generation, however often it is returned.
  expect(session.refresh[session.generation] ?? refreshToken, 'I1').toBe(refreshToken)
  session.refresh[session.generation] = refreshToken
}

export const login = (at: number, form: 'jwt' | 'hex') =>
  new Step(`login(${at}, ${form})`, async (model, { issuer }) => {
    const user = pick(model.users, at)
    if (!user) return
    const outcome = await outcomeOf(issuer.login(user.name, policies[form], user.password))
    expect(typeof outcome === 'string', 'only enabled users log in').toBe(!user.enabled)
    if (typeof outcome === 'string')
      return issuer.useCases.users
        .getByName(user.name)
        .then((user) => issuer.useCases.users.unlock({ user }, localCaller))
    const session: ModelSession = {
      id: outcome.authorization.id,
      user,
      form,
      ceiling: user.role,
      createdAt: model.now,
      epoch: user.epoch,
      generation: 0,
      begunAt: model.now,
      usedAt: undefined,
      retryKey: undefined,
      rotatedFrom: undefined,
      repeats: 0,
      revokedAt: undefined,
      forgotten: false,
      access: [],
      refresh: [],
    }
    model.sessions.push(session)
    handedOut(model, session, outcome)
  })

export const refresh = (at: number, back: number, key: RetryKey, scope: string | undefined, address = home) =>
  new Step(`refresh(${at}, back ${back}, key ${key}, scope ${scope}, ${address})`, async (model, { issuer, tally }) => {
    const session = pickSession(model, at)
    if (!session) return
    const generation = Math.max(0, session.refresh.length - 1 - back)
    const token = session.refresh[generation] ?? ''
    const retryKey = retryKeyOf(key, session)
    const expected = model.refresh(session, generation, retryKey, scope, address)
    tally.set(expected, (tally.get(expected) ?? 0) + 1)
    const grace = session.form === 'hex' ? ({ seconds: graceSeconds, answer: 'refuse' } as const) : undefined
    const request = { refreshToken: token, by: byOf(session), retryKey, scope, grace }
    const outcome = await outcomeOf(issuer.useCases.refresh.exchange(request, from(address)))
    // Of a dead session nothing depends on which of its two faults is named.
    if (expected === 'grant_invalid' && outcome === 'scope_invalid' && scope?.includes('admin')) return
    const succeeds = expected === 'rotated' || expected === 'replayed'
    const refusal = expected === 'repeated' || expected === 'late' ? 'grant_invalid' : expected
    if (!succeeds || typeof outcome === 'string') return expect(outcome, 'the outcome of a refresh').toBe(refusal)
    handedOut(model, session, outcome)
    expect(outcome.scope).toEqual(scope?.split(' ') ?? ['read', 'write'])
  })

const revokeByToken = (at: number, which: number, kind: 'access' | 'refresh', foreign: boolean) =>
  new Step(
    `revoke by ${kind} token(${at}, ${which}${foreign ? ', foreign' : ''})`,
    async (model, { issuer, clients }) => {
      const session = pickSession(model, at)
      const texts = kind === 'access' ? session?.access.map((it) => it.text) : session?.refresh
      const text = texts && pick(texts, which)
      if (!session || text === undefined) return
      // An expired JWT still names its session, but only while the keys that signed it are kept.
      const isExpired =
        session.form === 'jwt' && session.access.some((it) => it.text === text && it.endsAt <= model.latest)
      if (isExpired) return
      const clientId = foreign ? clients[0].id : byOf(session).clientId
      await issuer.useCases.revocation.revokeToken({ token: text, clientId }, here)
      if (!foreign && !session.forgotten) model.revoke(session)
    },
  )

const revokeById = (at: number) =>
  new Step(`revoke by id(${at})`, async (model, { issuer }) => {
    const session = pickSession(model, at)
    const record = session && (await issuer.store.authorizations.find(session.id))
    if (!session || !record) return expect(session?.forgotten ?? true).toBe(true)
    await issuer.useCases.revocation.revoke(record.authorization, here)
    model.revoke(session)
  })

const disable = (at: number) =>
  new Step(`disable(${at})`, async (model, { issuer }) => {
    const user = pick(model.users, at)
    if (!user?.enabled) return
    await issuer.useCases.users.change({ id: user.id, disabled: true }, byCommandLine)
    user.enabled = false
    user.epoch++
    user.personalEpoch++
  })

const enable = (at: number) =>
  new Step(`enable(${at})`, async (model, { issuer }) => {
    const user = pick(model.users, at)
    if (!user) return
    await issuer.useCases.users.change({ id: user.id, disabled: false }, byCommandLine)
    user.enabled = true
  })

export const giveRole = (at: number, role: Exclude<ModelRole, 'owner'>) =>
  new Step(`give role(${at}, ${role})`, async (model, { issuer }) => {
    const user = pick(model.users, at)
    if (!user) return
    await issuer.useCases.users.change({ id: user.id, role }, byCommandLine)
    user.role = role
  })

const changePassword = (at: number) =>
  new Step(`change password(${at})`, async (model, { issuer }) => {
    const session = pickSession(model, at)
    const record = session && (await issuer.store.authorizations.find(session.id))
    // The pipeline admits only a live session to this.
    if (!session || !record || !model.lives(session)) return
    const { user } = session
    const next = `${goodPassword} ${user.epoch + 1}`
    await issuer.useCases.me.changePassword(
      { current: user.password, next },
      callerOf(record.authorization, here.context),
    )
    user.password = next
    user.epoch++
    session.epoch = user.epoch
  })

export const step = (seconds: number) =>
  new Step(`${seconds < 0 ? 'step back' : 'advance'}(${Math.abs(seconds)} s)`, async (model, { issuer }) => {
    if (seconds < 0) issuer.clock.stepBack(-seconds)
    else issuer.clock.advance(seconds)
    model.step(seconds)
  })

export const rotateKeys = () => new Step('rotate keys', async (_, { issuer }) => void (await issuer.rotateKeys()))
const restart = () => new Step('restart', (_, { issuer }) => issuer.restart())
const collectGarbage = () =>
  new Step('collect garbage', async (model, { issuer }) => {
    await issuer.store.authorizations.collectGarbage(issuer.clock.latest())
    model.collectGarbage()
  })

const issueMachineToken = (at: number) =>
  new Step(`issue machine token(${at})`, async (model, { issuer, clients }) => {
    const client = clients[at % clients.length]
    if (!client) return
    const set = await issuer.machineToken(client)
    const endsAt = model.now + machineSeconds
    const standingId = set.authorization.id
    expect(model.revokedStanding.has(standingId), 'I3: a revoked standing Authorization issues nothing').toBe(false)
    model.machineTokens.push({
      text: reveal(set.accessToken),
      standingId,
      client: at % clients.length,
      endsAt,
      revoked: false,
    })
  })

const revokeMachineToken = (at: number, foreign: boolean) =>
  new Step(`revoke machine token(${at}${foreign ? ', foreign' : ''})`, async (model, { issuer, clients }) => {
    const token = pick(model.machineTokens, at)
    const client = token && clients[(token.client + (foreign ? 1 : 0)) % clients.length]
    if (!token || !client) return
    await issuer.useCases.revocation.revokeToken({ token: token.text, clientId: client.id }, here)
    if (!foreign) token.revoked = true
  })

const revokeStanding = (at: number) =>
  new Step(`revoke standing(${at})`, async (model, { issuer }) => {
    const token = pick(model.machineTokens, at)
    const record = token && (await issuer.store.authorizations.find(token.standingId))
    if (!token || !record) return
    await issuer.useCases.revocation.revoke(record.authorization, here)
    model.revokedStanding.add(token.standingId)
  })

const place = fc.nat({ max: 1000 })
const address = fc.constantFrom(home, home, home, '192.0.2.2')
const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary })
const key = fc.constantFrom<RetryKey[]>(undefined, 0, 1, 2, 'same', 'same', 'same')
const scope = fc.oneof(
  often(6, fc.constant(undefined)),
  often(1, fc.constant('read')),
  often(1, fc.constant('read admin')),
)
const forward = fc.oneof(
  often(6, fc.nat({ max: 90 })),
  often(3, fc.nat({ max: 1200 })),
  often(2, fc.nat({ max: 90_000 })),
  often(1, fc.nat({ max: 40 * 86_400 })),
)

/** Refreshing most of all, mostly with the newest token, as it is in life; everything else now and then. */
export const allCommands = [
  often(
    5,
    fc.tuple(place, fc.constantFrom('jwt' as const, 'hex' as const)).map((it) => login(...it)),
  ),
  often(
    14,
    fc.tuple(place, fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 2, 5), key, scope, address).map((it) => refresh(...it)),
  ),
  // A client that did not hear the answer to its last one.
  often(
    4,
    place.map((at) => refresh(at, 1, 'same', undefined)),
  ),
  often(
    2,
    fc
      .tuple(place, place, fc.constantFrom('access' as const, 'refresh' as const), fc.boolean())
      .map((it) => revokeByToken(...it)),
  ),
  often(1, place.map(revokeById)),
  often(1, place.map(disable)),
  often(3, place.map(enable)),
  often(
    2,
    fc.tuple(place, fc.constantFrom('viewer' as const, 'manager' as const)).map((it) => giveRole(...it)),
  ),
  often(1, place.map(changePassword)),
  often(5, forward.map(step)),
  often(
    1,
    fc.oneof(fc.nat({ max: 90 }), fc.nat({ max: 90_000 })).map((seconds) => step(-seconds)),
  ),
  often(1, fc.constant(null).map(rotateKeys)),
  often(1, fc.constant(null).map(restart)),
  often(1, fc.constant(null).map(collectGarbage)),
  often(2, place.map(issueMachineToken)),
  often(
    1,
    fc.tuple(place, fc.boolean()).map((it) => revokeMachineToken(...it)),
  ),
  often(1, place.map(revokeStanding)),
  often(2, place.map(createPersonalToken)),
  often(1, place.map(revokePersonalToken)),
]
