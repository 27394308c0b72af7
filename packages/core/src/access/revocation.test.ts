import { describe, expect, it } from 'vitest'
import { isActive } from '../model/authorization/activity.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import { here, recordOf, testDomain, testSession } from '../testing/domain.ts'
import { digest } from '../tokens/digest.ts'
import { writeRefreshToken } from '../tokens/refresh-token.ts'
import { newSecret } from '../tokens/secret-token.ts'
import { createUseCases } from '../use-cases.ts'

function issuer(given: Partial<Authorization> = {}) {
  const ended: string[] = []
  const domain = testDomain({
    authorizations: {
      find: async (id) => (id === row.id ? recordOf(row) : undefined),
      findBySecret: async (secret) =>
        row.secretDigest && Buffer.from(secret).equals(row.secretDigest) ? recordOf(row) : undefined,
      revoke: async (id) => {
        ended.push(id)
        return 'revoked'
      },
      revokeToken: async ({ tokenId }) => {
        ended.push(tokenId)
        return 'revoked'
      },
    },
  })
  const row = testSession(domain, given)
  const { accessTokens, revocation } = createUseCases(domain)
  const access = () => {
    const record = recordOf(row)
    if (!isActive(record, domain.clock.latest())) throw new Error('the record is not active')
    return accessTokens.issue(record).token.reveal()
  }
  return { domain, row, ended, access, accessTokens, revocation }
}

const own = { clientId: 'countersign' }
const ada = { kind: 'user', id: 'ada' } as const

describe('a revocation by token (RFC 7009)', () => {
  it.each(['session', 'fixed', 'personal'] as const)('ends a whole Authorization of kind %s', async (kind) => {
    const { row, ended, access, revocation } = issuer({ kind })
    await revocation.revokeToken({ token: access(), ...own }, here)
    expect(ended).toEqual([row.id])
  })

  it('ends one token alone of a standing Authorization, while that token lives', async () => {
    const { domain, ended, access, accessTokens, revocation } = issuer({ kind: 'standing', accessForm: 'opaque' })
    const token = access()
    await revocation.revokeToken({ token, ...own }, here)
    expect(ended).toEqual([(await accessTokens.locate(token))?.token.tokenId])
    domain.clock.advance(600)
    await revocation.revokeToken({ token, ...own }, here)
    expect(ended).toHaveLength(1)
  })

  it('S5 takes any member of a chain, also one that was spent or has expired', async () => {
    const { domain, row, ended, access, revocation } = issuer({ generation: 3 })
    const spent = writeRefreshToken({ ...row, generation: 1 }, domain.issuer, domain.keys().current(domain.clock.now()))
    const old = access()
    domain.clock.advance(601)
    for (const token of [spent, old]) await revocation.revokeToken({ token, ...own }, here)
    expect(ended).toEqual([row.id, row.id])
  })

  it('I8 does nothing with a token of another client, and says nothing', async () => {
    const { domain, row, ended, access, revocation } = issuer()
    const refresh = writeRefreshToken(row, domain.issuer, domain.keys().current(domain.clock.now()))
    for (const token of [access(), refresh, 'noise', '']) {
      expect(await revocation.revokeToken({ token, clientId: 'robot' }, here)).toBeUndefined()
    }
    expect(ended).toEqual([])
  })

  it('finds a personal token by the digest of the whole of it', async () => {
    const { domain } = issuer()
    const text = newSecret('pat', domain.random).reveal()
    const { row, ended, revocation } = issuer({ kind: 'personal', secretDigest: digest(text) })
    expect(await revocation.revokePresented(newSecret('pat', domain.random).reveal(), here)).toBe(false)
    expect(await revocation.revokePresented(text, here)).toBe(true)
    expect(ended).toEqual([row.id])
  })
})

describe('a revocation of one’s own by id', () => {
  it('ends only the caller’s own: a client of the same id is another subject, and so is any other user', async () => {
    const { row, ended, revocation } = issuer()
    const missing = { code: 'not_found' }
    for (const other of [{ kind: 'client', id: 'ada' } as const, { kind: 'user', id: 'bob' } as const]) {
      await expect(revocation.revokeOwn({ id: row.id }, { ...here, subject: other })).rejects.toMatchObject(missing)
    }
    await expect(revocation.revokeOwn({ id: '0'.repeat(22) }, { ...here, subject: ada })).rejects.toMatchObject(missing)
    expect(ended).toEqual([])
    await revocation.revokeOwn({ id: row.id }, { ...here, subject: ada })
    expect(ended).toEqual([row.id])
  })

  it('ends only the requested kind', async () => {
    const { row, ended, revocation } = issuer()
    await expect(
      revocation.revokeOwn({ id: row.id, kind: 'personal' }, { ...here, subject: ada }),
    ).rejects.toMatchObject({ code: 'not_found' })
    await revocation.revokeOwn({ id: row.id, kind: 'session' }, { ...here, subject: ada })
    expect(ended).toEqual([row.id])
  })
})
