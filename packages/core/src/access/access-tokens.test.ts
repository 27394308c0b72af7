import { describe, expect, it } from 'vitest'
import { issuerApi } from '../model/api.ts'
import { isActive } from '../model/authorization/activity.ts'
import type { Authorization, AuthorizationRecord, SubjectState } from '../model/authorization/authorization.ts'
import { recordOf, testDomain, testSession } from '../testing/domain.ts'
import { digest } from '../tokens/digest.ts'
import { writeRefreshToken } from '../tokens/refresh-token.ts'
import { newSecret } from '../tokens/secret-token.ts'
import { createUseCases } from '../use-cases.ts'

/** An issuer with one row, which a test may replace. */
function issuer(given: Partial<Authorization> = {}) {
  const domain = testDomain({
    authorizations: {
      find: async (id, tokenId) =>
        id === state.record.authorization.id ? { ...state.record, tokenRevoked: tokenId === state.revoked } : undefined,
      findBySecret: async (secret) =>
        Buffer.from(secret).equals(state.record.authorization.secretDigest ?? Buffer.alloc(0))
          ? state.record
          : undefined,
    },
  })
  const state: { record: AuthorizationRecord; revoked: string } = {
    record: recordOf(testSession(domain, given)),
    revoked: 'none',
  }
  const { accessTokens } = createUseCases(domain)
  const change = (row: Partial<Authorization>, subject: Partial<SubjectState> = {}) => {
    const { authorization, subject: before } = state.record
    state.record = {
      ...state.record,
      authorization: { ...authorization, ...row },
      subject: before && { ...before, ...subject },
    }
  }
  const issue = (scope?: readonly string[]) => {
    const { record } = state
    if (!isActive(record, domain.clock.latest())) throw new Error('the record is not active')
    return accessTokens.issue(record, scope && { api: issuerApi(domain.issuer), scope })
  }
  const refreshToken = () => {
    const keys = domain.keys().current(domain.clock.now())
    return writeRefreshToken(state.record.authorization, domain.issuer, keys)
  }
  return { domain, state, accessTokens, change, issue, refreshToken }
}

const opaque = { kind: 'standing', accessForm: 'opaque', refreshKeyNumber: undefined } as const

describe('either token of a pair', () => {
  it('N-461 is the access token or the live refresh token, and no refresh token that was spent', async () => {
    const { accessTokens, change, issue, refreshToken } = issuer()
    const spent = refreshToken()
    expect((await accessTokens.checkPair(issue().token.reveal())).outcome).toBe('active')
    expect((await accessTokens.checkPair(spent)).outcome).toBe('active')
    change({ generation: 1 })
    expect((await accessTokens.checkPair(spent)).outcome).toBe('invalid')
    expect((await accessTokens.checkPair(refreshToken())).outcome).toBe('active')
  })

  it('N-461 is no refresh token of a later generation than the row, nor of a row that is gone', async () => {
    const { accessTokens, change, refreshToken } = issuer({ generation: 5 })
    const token = refreshToken()
    change({ generation: 4 })
    expect((await accessTokens.checkPair(token)).outcome).toBe('invalid')
    change({ id: '006b49d200f6e5d4c3b2a1', generation: 5 })
    expect((await accessTokens.checkPair(token)).outcome).toBe('invalid')
    expect((await accessTokens.checkPair('noise')).outcome).toBe('invalid')
  })

  it('ends as the session does', async () => {
    const { domain, accessTokens, change, refreshToken } = issuer()
    const token = refreshToken()
    domain.clock.advance(3600)
    expect((await accessTokens.checkPair(token)).outcome).toBe('expired')
    domain.clock.stepBack(3600)
    expect((await accessTokens.checkPair(token)).outcome).toBe('expired')
    change({ expiresAt: undefined, revokedAt: 1 })
    expect((await accessTokens.checkPair(token)).outcome).toBe('invalid')
  })

  it.each(['jwt', 'hex'] as const)(
    'is refused as an access token if it is a refresh token of form %s',
    async (form) => {
      const { accessTokens, refreshToken } = issuer({ accessForm: form })
      expect((await accessTokens.check(refreshToken())).outcome).toBe('invalid')
      expect((await accessTokens.checkCookie(refreshToken())).outcome).toBe('invalid')
      expect((await accessTokens.checkPersonal(refreshToken())).outcome).toBe('invalid')
    },
  )
})

describe('an access token', () => {
  it('of 64 hex digits is that of the present generation and no other', async () => {
    const { accessTokens, change, issue } = issuer({ accessForm: 'hex' })
    const first = issue().token.reveal()
    expect((await accessTokens.check(first)).outcome).toBe('active')
    change({ generation: 1 })
    expect((await accessTokens.check(first)).outcome).toBe('invalid')
    const second = issue().token.reveal()
    change({ generation: 0 })
    expect((await accessTokens.check(second)).outcome).toBe('invalid')
  })

  it('of 64 hex digits lives from the beginning of its generation on, also where it is given once more', async () => {
    const { domain, accessTokens, change, issue } = issuer({ accessForm: 'hex' })
    domain.clock.advance(100)
    change({ generation: 1, rotatedAt: domain.clock.now() })
    domain.clock.advance(40)
    const { token, expiresInSeconds } = issue()
    expect(expiresInSeconds).toBe(560)
    domain.clock.advance(559)
    expect((await accessTokens.check(token.reveal())).outcome).toBe('active')
    domain.clock.advance(1)
    expect((await accessTokens.check(token.reveal())).outcome).toBe('expired')
  })

  it.each(['jwt', 'hex'] as const)('of form %s never outlives its session, nor says so', async (accessForm) => {
    const { domain, accessTokens, change, issue } = issuer({ accessForm })
    domain.clock.advance(3500)
    const { token, expiresInSeconds } = issue()
    expect(expiresInSeconds).toBe(accessForm === 'jwt' ? 100 : 0)
    change({ rotatedAt: domain.clock.now(), generation: 1 })
    const renewed = await accessTokens.check(issue().token.reveal())
    expect(renewed).toMatchObject({ outcome: 'active', access: { expiresAt: domain.clock.now() + 100 } })
    change({ rotatedAt: undefined, generation: 0 })
    domain.clock.advance(100)
    expect((await accessTokens.check(token.reveal())).outcome).toBe('expired')
  })

  it('of a client never outlives its standing Authorization', async () => {
    const { domain, accessTokens, issue } = issuer({ ...opaque, accessLifetimeSeconds: 3600 })
    domain.clock.advance(600)
    const { token, expiresInSeconds } = issue()
    expect(expiresInSeconds).toBe(3000)
    domain.clock.advance(2999)
    expect((await accessTokens.check(token.reveal())).outcome).toBe('active')
    domain.clock.advance(1)
    expect((await accessTokens.check(token.reveal())).outcome).toBe('expired')
  })

  it('is expired by the latest time, whatever the wall clock says since', async () => {
    const { domain, accessTokens, issue } = issuer()
    const token = issue().token.reveal()
    domain.clock.advance(600)
    domain.clock.stepBack(600)
    expect((await accessTokens.check(token)).outcome).toBe('expired')
  })

  it('of a client can be revoked alone, and is distinguished from others of the same second', async () => {
    const { state, accessTokens, issue } = issuer(opaque)
    const [one, other] = [issue().token.reveal(), issue().token.reveal()]
    state.revoked = (await accessTokens.locate(one))?.token.tokenId ?? ''
    expect((await accessTokens.check(one)).outcome).toBe('invalid')
    expect((await accessTokens.check(other)).outcome).toBe('active')
  })

  it('I4 may do the least of what it says, what was granted and what the subject is now', async () => {
    const { accessTokens, change, issue } = issuer({ roleCeiling: 'owner' })
    change({}, { role: 'manager' })
    const token = issue(['read']).token.reveal()
    const seen = async () => {
      const check = await accessTokens.check(token)
      return check.outcome === 'active' ? { role: check.access.role, scope: check.access.scope } : check.outcome
    }
    expect(await seen()).toEqual({ role: 'manager', scope: ['read'] })
    change({}, { role: 'owner' })
    expect(await seen(), 'a raised role does not widen it').toEqual({ role: 'manager', scope: ['read'] })
    change({ roleCeiling: 'viewer', scope: ['write'] })
    expect(await seen(), 'nor does it keep what the Authorization lost').toEqual({ role: 'viewer', scope: [] })
  })
})

describe('the cookie of a session', () => {
  it('outlives refreshes, and is good as a cookie only', async () => {
    const { state, accessTokens, change } = issuer()
    const cookie = accessTokens.issueCookie(state.record.authorization.id).reveal()
    change({ generation: 7, rotatedAt: 1_800_000_000 })
    const check = await accessTokens.checkCookie(cookie)
    expect(check).toMatchObject({ outcome: 'active', access: { expiresAt: 1_800_003_600 } })
    expect((await accessTokens.check(cookie)).outcome).toBe('invalid')
    expect((await accessTokens.checkPair(cookie)).outcome).toBe('invalid')
  })
})

describe('a personal token', () => {
  it('is found by the digest of the whole of it, and stands for a personal Authorization alone', async () => {
    const { domain, accessTokens, change } = issuer()
    const text = newSecret('pat', domain.random).reveal()
    change({ kind: 'personal', secretDigest: digest(text), accessForm: 'opaque' })
    expect((await accessTokens.check(text)).outcome).toBe('active')
    expect((await accessTokens.checkPersonal(text)).outcome).toBe('active')
    expect((await accessTokens.checkCookie(text)).outcome).toBe('invalid')
    change({ kind: 'session' })
    expect((await accessTokens.check(text)).outcome).toBe('invalid')
    expect((await accessTokens.checkPersonal(text)).outcome).toBe('invalid')
  })

  it('is all that passes where nothing but a personal token may', async () => {
    const { accessTokens, issue } = issuer()
    expect((await accessTokens.checkPersonal(issue().token.reveal())).outcome).toBe('invalid')
  })
})
