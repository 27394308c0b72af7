import { describe, expect, it } from 'vitest'
import { type Api, issuerApi } from '../model/api.ts'
import type { Authorization } from '../model/authorization/authorization.ts'
import type { StandingQuery } from '../ports/store/authorizations.ts'
import { testClient } from '../testing/client.ts'
import { here, testDomain } from '../testing/domain.ts'
import { createUseCases } from '../use-cases.ts'

const api = 'https://api.example'
const other = 'https://other.example'
const granted = { id: '1'.repeat(22), identifier: api, scope: ['orders:read'], mayAct: false }
const registered: Api = {
  ...issuerApi(api),
  id: granted.id,
  scopes: [
    { name: 'orders:read', description: 'See orders.', leastRole: 'viewer' },
    { name: 'orders:write', description: 'Change orders.', leastRole: 'manager' },
  ],
}

function grants() {
  const asked: StandingQuery[] = []
  const stored: Authorization[] = []
  const domain = testDomain({
    apis: { find: async (id) => (id === granted.id ? registered : undefined) },
    authorizations: {
      findStanding: async (query) => {
        asked.push(query)
        return undefined
      },
      create: async (authorization) => {
        stored.push(authorization)
        return authorization
      },
    },
  })
  return { domain, asked, stored, clientCredentials: createUseCases(domain).clientCredentials }
}

describe('the client credentials grant (RFC 6749 §4.4)', () => {
  it('issues a token for one API that the client may ask for, and for no other', async () => {
    const { domain, stored, clientCredentials } = grants()
    const client = testClient({ apis: [granted], scope: [] })
    for (const resources of [[other], [api, other], [other, api], [''], [`${api}/`], [domain.issuer]]) {
      await expect(clientCredentials.issue({ client, resources }, here)).rejects.toMatchObject({
        code: 'target_invalid',
      })
    }
    expect(stored).toEqual([])
    for (const resources of [undefined, [], [api], [api, api]]) {
      expect(await clientCredentials.issue({ client, resources }, here)).toMatchObject({
        audience: [api],
        scope: ['orders:read'],
      })
    }
    expect(stored[0]).toMatchObject({
      audience: [api],
      scope: ['orders:read'],
      apis: [{ id: granted.id, identifier: api }],
    })
  })

  it('issues none for an API that was removed, also if its identifier is registered again', async () => {
    const { clientCredentials } = grants()
    const client = testClient({ apis: [{ ...granted, id: 'f'.repeat(22) }] })
    await expect(clientCredentials.issue({ client, resources: [api] }, here)).rejects.toMatchObject({
      code: 'target_invalid',
    })
  })

  it('leaves out the scopes that the role may not have', async () => {
    const { clientCredentials } = grants()
    const client = testClient({ apis: [{ ...granted, scope: ['orders:read', 'orders:write'] }] })
    const set = await clientCredentials.issue({ client, resources: [api] }, here)
    expect(set.scope).toEqual(['orders:read'])
    await expect(
      clientCredentials.issue({ client, resources: [api], scope: 'orders:write' }, here),
    ).rejects.toMatchObject({ code: 'scope_invalid' })
    const manager = { ...client, role: 'manager' } as const
    const all = await clientCredentials.issue({ client: manager, resources: [api] }, here)
    expect(all.scope).toEqual(['orders:read', 'orders:write'])
  })

  it('needs an API to be named where the client may ask for several, and not for the issuer', async () => {
    const { clientCredentials } = grants()
    const second = { ...granted, id: '2'.repeat(22), identifier: other }
    const client = testClient({ apis: [granted, second], scope: [] })
    await expect(clientCredentials.issue({ client }, here)).rejects.toMatchObject({ code: 'target_invalid' })
  })

  it('dies with the epoch that the client has now', async () => {
    const { asked, stored, clientCredentials } = grants()
    await clientCredentials.issue({ client: testClient({ epoch: 9, role: 'manager' }) }, here)
    expect(asked[0]).toMatchObject({ epoch: 9, dialect: 'oauth', clientId: 'robot' })
    expect(stored[0]).toMatchObject({ kind: 'standing', epoch: 9, clientEpoch: 9, roleCeiling: 'manager' })
    expect(stored[0]?.refreshKeyNumber).toBeUndefined()
  })

  it('gives no scope that the client has not', async () => {
    const { clientCredentials } = grants()
    const client = testClient({ scope: ['read'] })
    for (const scope of ['write', 'read write']) {
      await expect(clientCredentials.issue({ client, scope }, here)).rejects.toMatchObject({ code: 'scope_invalid' })
    }
    expect((await clientCredentials.issue({ client }, here)).scope).toEqual(['read'])
  })
})
