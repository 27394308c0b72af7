import { describe, expect, it } from 'vitest'
import { isActive } from '../model/authorization/activity.ts'
import type { Authorization, AuthorizationRecord } from '../model/authorization/authorization.ts'
import type { Client } from '../model/principals/client.ts'
import { testClient } from '../testing/client.ts'
import { recordOf, testDomain, testSession } from '../testing/domain.ts'
import { writeRefreshToken } from '../tokens/refresh-token.ts'
import { createUseCases } from '../use-cases.ts'

const client = testClient()
/** Of the very client that the session was given through. */
const own = { ...client, id: 'countersign' }

function issuer(given: Partial<Authorization> = {}) {
  const domain = testDomain({
    authorizations: { find: async (id) => (id === state.record.authorization.id ? state.record : undefined) },
  })
  const session = testSession(domain, given)
  const state: { record: AuthorizationRecord } = { record: recordOf(session) }
  const { accessTokens, introspect } = createUseCases(domain)
  if (!isActive(state.record, domain.clock.latest())) throw new Error('the record is not active')
  const access = accessTokens.issue(state.record).token.reveal()
  const refresh = writeRefreshToken(session, domain.issuer, domain.keys().current(domain.clock.now()))
  const sees = async (token: string, asking: Client) => (await introspect.inspect(token, asking)).active
  const change = (row: Partial<Authorization>, record: Partial<AuthorizationRecord> = {}) => {
    state.record = { ...state.record, ...record, authorization: { ...session, ...row } }
  }
  return { domain, introspect, access, refresh, sees, change }
}

describe('introspection (RFC 7662)', () => {
  it('N-462 shows a refresh token to the client that it was given through, and to no other', async () => {
    const { refresh, sees } = issuer({ audience: ['https://auth.example', 'https://api.example'] })
    expect(await sees(refresh, own)).toBe(true)
    expect(await sees(refresh, client)).toBe(false)
    expect(await sees(refresh, { ...client, audience: ['https://api.example'] })).toBe(false)
    expect(await sees(refresh, { ...client, name: 'countersign' })).toBe(false)
  })

  it('shows an access token to its audience: without an audience of its own, to a client of the issuer', async () => {
    const issuers = issuer()
    expect(await issuers.sees(issuers.access, client)).toBe(true)
    expect(await issuers.sees(issuers.access, { ...client, audience: ['https://api.example'] })).toBe(false)
    const others = issuer({ audience: ['https://api.example'] })
    expect(await others.sees(others.access, client)).toBe(false)
    expect(await others.sees(others.access, { ...client, audience: ['https://other.example'] })).toBe(false)
    const both = ['https://other.example', 'https://api.example']
    expect(await others.sees(others.access, { ...client, audience: both })).toBe(true)
    expect(await others.sees(others.access, own)).toBe(true)
  })

  it('knows only the live refresh token', async () => {
    const { refresh, sees, change } = issuer()
    change({ generation: 1 })
    expect(await sees(refresh, own)).toBe(false)
  })

  it('I5 knows no refresh token of what has ended', async () => {
    const { domain, refresh, sees, change } = issuer()
    change({ revokedAt: 1 })
    expect(await sees(refresh, own)).toBe(false)
    change({}, { subject: undefined })
    expect(await sees(refresh, own)).toBe(false)
    change({}, { subject: { name: 'ada', role: 'manager', enabled: false, sessionsEpoch: 0, personalEpoch: 0 } })
    expect(await sees(refresh, own)).toBe(false)
    change({}, { subject: { name: 'ada', role: 'manager', enabled: true, sessionsEpoch: 0, personalEpoch: 0 } })
    expect(await sees(refresh, own)).toBe(true)
    domain.clock.advance(3600)
    domain.clock.stepBack(3600)
    expect(await sees(refresh, own)).toBe(false)
  })

  it('says of a refresh token that it is one', async () => {
    const { introspect, refresh, access } = issuer()
    expect(await introspect.inspectAny(refresh)).toMatchObject({ active: true, use: 'refresh' })
    expect(await introspect.inspectAny(access)).toMatchObject({ active: true, use: 'access' })
    expect(await introspect.inspectAny('noise')).toEqual({ active: false })
  })
})
