import { describe, expect, it } from 'vitest'
import type { Access } from '../access/access.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import type { User } from '../model/principals/user.ts'
import { here, testDomain, testSession } from '../testing/domain.ts'
import { digest } from '../tokens/digest.ts'
import { createUseCases } from '../use-cases.ts'
import type { PersonalTokenRequest } from './personal-tokens.ts'

function maker(
  given: Partial<Access> = {},
  ceiling: Authorization['roleCeiling'] = 'manager',
  session: Partial<Authorization> = {},
) {
  const stored: Authorization[] = []
  const domain = testDomain({
    authorizations: {
      createWithin: async (_cap, _condition, authorization) => {
        stored.push(authorization)
        return authorization
      },
    },
  })
  const authorization = testSession(domain, { roleCeiling: ceiling, epoch: 4, ...session })
  const access: Access = {
    kind: 'session',
    authorization,
    subject: { name: 'ada', role: 'viewer', enabled: true, sessionsEpoch: 4, personalEpoch: 2 },
    role: 'viewer',
    scope: ['read'],
    audience: authorization.audience,
    api: undefined,
    clientId: authorization.clientId,
    actors: [],
    ancestors: [],
    tokenId: undefined,
    issuedAt: authorization.createdAt,
    expiresAt: authorization.expiresAt,
    ...given,
  }
  const { personalTokens } = createUseCases(domain)
  type Request = Partial<PersonalTokenRequest>
  const proof = { user: { id: 'ada', version: 0 } as User, on: { latest: domain.clock.latest() } }
  const create = async (request: Request = {}) =>
    personalTokens.create({ access, proof, dialect: 'native', ...request }, here)
  return { domain, stored, create }
}

const denied = { code: 'access_denied' }

describe('a personal token', () => {
  it('may by default do what its maker may now, not what was granted at login', async () => {
    const { stored, create } = maker()
    await create()
    expect(stored[0]).toMatchObject({ kind: 'personal', roleCeiling: 'viewer', scope: ['read'] })
  })

  it('may do no more than the session that made it, and less on request', async () => {
    const { stored, create } = maker({ role: 'manager', scope: ['read', 'write'] }, 'owner')
    await expect(create({ role: 'owner' })).rejects.toMatchObject(denied)
    await create({ role: 'manager', scope: 'read write' })
    await create({ role: 'viewer', scope: 'read' })
    expect(stored.map(({ roleCeiling, scope }) => [roleCeiling, scope])).toEqual([
      ['manager', ['read', 'write']],
      ['viewer', ['read']],
    ])
  })

  it('has no scope that its maker has not, also beside one that the maker has', async () => {
    const { stored, create } = maker({ scope: ['read'] })
    for (const scope of ['write', 'read write', 'write read']) {
      await expect(create({ scope })).rejects.toMatchObject(denied)
    }
    await expect(create({ scope: 'read admin' })).rejects.toMatchObject({ code: 'scope_invalid' })
    expect(stored).toEqual([])
  })

  it('is made by no session that a client holds for the user', async () => {
    const { stored, create } = maker({}, 'manager', { clientEpoch: 0 })
    await expect(create()).rejects.toMatchObject(denied)
    expect(stored).toEqual([])
  })

  it('has the time of the login that made it, not a time of its own', async () => {
    const { stored, create } = maker({}, 'manager', { authenticatedAt: 4_711 })
    await create()
    expect(stored[0]?.authenticatedAt).toBe(4_711)
  })

  it('dies with the epoch of personal tokens, not with that of sessions', async () => {
    const { stored, create } = maker()
    await create()
    expect(stored[0]?.epoch).toBe(2)
  })

  it('is stored as its digest, with its end counted from now', async () => {
    const { domain, stored, create } = maker()
    const { token } = await create({ lifetimeSeconds: 60 })
    expect(stored[0]?.secretDigest).toEqual(digest(token.reveal()))
    expect(stored[0]?.expiresAt).toBe(domain.clock.now() + 60)
    expect(JSON.stringify(stored)).not.toContain(token.reveal())
  })
})
