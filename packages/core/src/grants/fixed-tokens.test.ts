import { describe, expect, it } from 'vitest'
import type { Authorization } from '../model/authorization/authorization.ts'
import { testClient } from '../testing/client.ts'
import { here, testDomain, testSession } from '../testing/domain.ts'
import { createUseCases } from '../use-cases.ts'

const request = { client: testClient({ epoch: 3 }), dialect: 'efa', lifetimeSeconds: 86_400 }

describe('a long-lived token of a client', () => {
  it('is not handed out where its row is not the one that is stored', async () => {
    const domain = testDomain({ authorizations: { createOn: async () => testSession(domain, { kind: 'fixed' }) } })
    const { fixedTokens } = createUseCases(domain)
    await expect(fixedTokens.issue({ ...request, sole: true }, here)).rejects.toMatchObject({ code: 'api_key_exists' })
  })

  it('ends with the epoch that its client has now, and is refreshed only on request', async () => {
    const stored: Authorization[] = []
    const domain = testDomain({
      authorizations: {
        createOn: async (_condition, authorization) => {
          stored.push(authorization)
          return authorization
        },
      },
    })
    const { fixedTokens } = createUseCases(domain)
    const plain = await fixedTokens.issue(request, here)
    const refreshed = await fixedTokens.issue({ ...request, refreshLifetimeSeconds: 2 * 86_400 }, here)
    expect([plain.refreshToken === undefined, refreshed.refreshToken === undefined]).toEqual([true, false])
    const now = domain.clock.now()
    expect(stored).toMatchObject([
      { kind: 'fixed', epoch: 3, clientEpoch: 3, expiresAt: now + 86_400, roleCeiling: 'viewer' },
      { kind: 'session', epoch: 3, clientEpoch: 3, expiresAt: now + 2 * 86_400, roleCeiling: 'viewer' },
    ])
    expect(JSON.stringify(stored)).not.toContain(plain.accessToken.reveal())
    expect(stored[0]?.mask).toBe(`…${plain.accessToken.reveal().slice(-6)}`)
  })
})
