// What a session may make and end, besides the contract: how recent a login is, what a derived session takes over, and that
// a token of whatever kind can be looked up and ended by its value.
import {
  type Access,
  callerOf,
  nativeSessionPolicy,
  type SessionPolicy,
  type TokenSet,
  throughClient,
} from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { goodPassword } from './people.ts'
import { here, hexSessionPolicy, openTestIssuer, reveal, type TestIssuer } from './test-issuer.ts'

const systemPolicy: SessionPolicy = { ...nativeSessionPolicy, clientId: 'vendor-system', roleCeiling: 'manager' }
const open = () => openTestIssuer({ policy: { delegateClientIds: new Set([systemPolicy.clientId]) } })

async function accessOf(issuer: TestIssuer, { accessToken }: TokenSet): Promise<Access> {
  const check = await issuer.useCases.accessTokens.check(reveal(accessToken))
  if (check.outcome !== 'active') throw new Error(check.outcome)
  return check.access
}

const requireRecent = async (issuer: TestIssuer, set: TokenSet, maxAgeSeconds?: number) =>
  issuer.useCases.stepUp.requireRecent(
    { maxAgeSeconds },
    callerOf((await accessOf(issuer, set)).authorization, here.context),
  )

const tooOld = (maxAgeSeconds = 300) => ({ code: 'login_too_old', maxAgeSeconds })

describe('a recent login (RFC 9470)', () => {
  it('is at most 300 seconds old, to the second', async () => {
    await using issuer = await open()
    const user = await issuer.addUser()
    const set = await issuer.login()
    issuer.clock.advance(300)
    expect((await requireRecent(issuer, set)).user.id).toBe(user.id)
    issuer.clock.advance(1)
    await expect(requireRecent(issuer, set)).rejects.toMatchObject(tooOld())
  })

  it('may be as old as the operation permits', async () => {
    await using issuer = await open()
    await issuer.addUser()
    const set = await issuer.login()
    issuer.clock.advance(500)
    await requireRecent(issuer, set, 500)
    await expect(requireRecent(issuer, set, 499)).rejects.toMatchObject(tooOld(499))
  })

  it('is renewed by a login, and neither by a refresh nor by a session that is derived', async () => {
    await using issuer = await open()
    await issuer.addUser()
    const first = await issuer.login()
    issuer.clock.advance(301)
    const refreshed = await issuer.refresh(reveal(first.refreshToken))
    await expect(requireRecent(issuer, refreshed)).rejects.toMatchObject(tooOld())
    const derived = await issuer.useCases.sessions.openBeside(
      { access: await accessOf(issuer, refreshed), policy: nativeSessionPolicy },
      here,
    )
    await expect(requireRecent(issuer, derived)).rejects.toMatchObject(tooOld())
    await requireRecent(issuer, await issuer.login())
  })

  it('showed all that is required of the user now', async () => {
    await using issuer = await open()
    const user = await issuer.addUser()
    const set = await issuer.login()
    await requireRecent(issuer, set)
    issuer.sql(`update users set required_factors = '["password","totp"]', version = version + 1 where id = ?`, user.id)
    await expect(requireRecent(issuer, set)).rejects.toMatchObject(tooOld())
  })

  it('is refused where the user is gone', async () => {
    await using issuer = await open()
    const user = await issuer.addUser()
    const { authorization } = await accessOf(issuer, await issuer.login())
    await issuer.useCases.users.remove(user.id, here)
    await expect(issuer.useCases.stepUp.requireRecent({}, callerOf(authorization, here.context))).rejects.toMatchObject(
      {
        code: 'token_invalid',
      },
    )
  })
})

describe('N-320 what is derived from a session that a client holds', () => {
  async function throughSoftware(issuer: TestIssuer) {
    const user = await issuer.addUser({ role: 'manager' })
    const { client } = await issuer.addClient({ role: 'manager' })
    const policy = throughClient({ ...nativeSessionPolicy, lifetimeSeconds: 3600 }, client)
    return { user, client, policy, set: await issuer.login('alice', policy) }
  }

  it('is the same client’s, and ends with it', async () => {
    await using issuer = await open()
    const { client, set } = await throughSoftware(issuer)
    const derived = await issuer.useCases.sessions.openBeside(
      { access: await accessOf(issuer, set), policy: systemPolicy },
      here,
    )
    expect(derived.authorization).toMatchObject({ clientId: client.id, clientEpoch: client.epoch })
    expect(await issuer.accepts(reveal(derived.accessToken))).toBe(true)
    await issuer.useCases.clients.disable(client.id, here)
    await issuer.useCases.clients.enable(client.id, here)
    expect(await issuer.accepts(reveal(derived.accessToken))).toBe(false)
  })

  it('ends no later than what it is derived from', async () => {
    await using issuer = await open()
    const { set } = await throughSoftware(issuer)
    issuer.clock.advance(60)
    const derived = await issuer.useCases.sessions.openBeside(
      { access: await accessOf(issuer, set), policy: nativeSessionPolicy },
      here,
    )
    expect(derived.authorization.expiresAt).toBe(set.authorization.expiresAt)
    const system = await issuer.login('alice', { ...systemPolicy, lifetimeSeconds: 1000 })
    const further = await issuer.useCases.sessions.openBeside(
      { access: await accessOf(issuer, system), policy: systemPolicy },
      here,
    )
    expect(further.authorization.expiresAt).toBe(system.authorization.expiresAt)
  })

  it('of a session that a user holds, has the end of its own policy', async () => {
    await using issuer = await open()
    await issuer.addUser()
    const set = await issuer.login('alice', { ...nativeSessionPolicy, lifetimeSeconds: 1000 })
    const derived = await issuer.useCases.sessions.openBeside(
      { access: await accessOf(issuer, set), policy: nativeSessionPolicy },
      here,
    )
    expect(derived.authorization.expiresAt).toBe(issuer.clock.now() + nativeSessionPolicy.lifetimeSeconds)
  })

  it('N-318 is no personal token', async () => {
    await using issuer = await open()
    const { set } = await throughSoftware(issuer)
    const { stepUp, personalTokens } = issuer.useCases
    for (const held of [set, await issuer.login('alice', systemPolicy)]) {
      const access = await accessOf(issuer, held)
      const proof = await stepUp.require({ password: goodPassword }, callerOf(access.authorization, here.context))
      const create = async () => personalTokens.create({ access, proof, dialect: 'native' }, here)
      await expect(create()).rejects.toMatchObject({ code: 'access_denied' })
    }
  })
})

describe('N-325 a token of any kind, by its value', () => {
  const kinds = ['access', 'refresh', 'cookie', 'hex access', 'hex refresh', 'personal', 'machine'] as const

  async function tokenOf(issuer: TestIssuer, kind: (typeof kinds)[number]): Promise<string> {
    const { accessTokens, personalTokens } = issuer.useCases
    if (kind === 'machine') {
      return reveal((await issuer.machineToken((await issuer.addClient({ tokenForm: 'opaque' })).client)).accessToken)
    }
    const user = await issuer.addUser()
    const set = await issuer.login('alice', kind.startsWith('hex') ? hexSessionPolicy : nativeSessionPolicy)
    if (kind === 'cookie') return reveal(accessTokens.issueCookie(set.authorization.id))
    if (kind === 'personal') return reveal((await personalTokens.createFor({ user, dialect: 'native' }, here)).token)
    return reveal(kind.endsWith('refresh') ? set.refreshToken : set.accessToken)
  }

  it.each(kinds)('is seen by the owner and ended by the owner: %s', async (kind) => {
    await using issuer = await open()
    const token = await tokenOf(issuer, kind)
    const { introspect, revocation } = issuer.useCases
    expect(await introspect.inspectAny(token)).toMatchObject({ active: true })
    expect(await revocation.revokePresented(token, here)).toBe(true)
    expect(await introspect.inspectAny(token)).toEqual({ active: false })
  })

  it('shows no client the value of a session cookie, which is meant for no resource server', async () => {
    await using issuer = await open()
    const { client } = await issuer.addClient()
    const cookie = await tokenOf(issuer, 'cookie')
    expect(await issuer.useCases.introspect.inspect(cookie, client)).toEqual({ active: false })
  })

  it('ends a session by its cookie for the client that it was given through (RFC 7009), and for no other', async () => {
    await using issuer = await open()
    const { client } = await issuer.addClient()
    const cookie = await tokenOf(issuer, 'cookie')
    const { accessTokens, revocation } = issuer.useCases
    await revocation.revokeToken({ token: cookie, clientId: client.id }, here)
    expect((await accessTokens.checkCookie(cookie)).outcome).toBe('active')
    await revocation.revokeToken({ token: cookie, clientId: 'countersign' }, here)
    expect((await accessTokens.checkCookie(cookie)).outcome).toBe('invalid')
  })

  it.each(['cookie', 'refresh'] as const)('counts no use of a session where it is only looked at: %s', async (kind) => {
    await using issuer = await open()
    const token = await tokenOf(issuer, kind)
    expect(await issuer.useCases.introspect.inspectAny(token)).toMatchObject({ active: true, use: kind })
    await issuer.domain.usage.flush(issuer.store.usage)
    expect(issuer.sql('select last_used_at from authorizations')).toEqual([{ last_used_at: null }])
  })

  it('ends a client’s secret too, with every token that was got with it', async () => {
    await using issuer = await open()
    const { client, secret } = await issuer.addClient()
    const token = reveal((await issuer.machineToken(client)).accessToken)
    const credentials = { clientId: client.id, secret: reveal(secret) }
    const { revocation, clientAuthentication } = issuer.useCases
    expect(await revocation.revokePresented(reveal(secret), here)).toBe(true)
    expect(await issuer.accepts(token)).toBe(false)
    await expect(clientAuthentication.authenticate(credentials, here)).rejects.toMatchObject({
      code: 'client_authentication_failed',
    })
    const unknown = `${reveal(secret).slice(0, -7)}0000000`
    expect(await revocation.revokePresented(unknown, here)).toBe(false)
  })
})
