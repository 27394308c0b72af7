import { describe, expect, it } from 'vitest'
import type { Authorization } from '../model/authorization/authorization.ts'
import type { StandingQuery } from '../ports/store/authorizations.ts'
import { testClient } from '../testing/client.ts'
import { here, testDomain } from '../testing/domain.ts'
import { createUseCases } from '../use-cases.ts'

const api = 'https://api.example'
const other = 'https://other.example'

function grants() {
  const asked: StandingQuery[] = []
  const stored: Authorization[] = []
  const domain = testDomain({
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
  it('gives no audience that the client may not ask for, also beside one that it may', async () => {
    const { stored, clientCredentials } = grants()
    const client = testClient({ audience: [api] })
    for (const audience of [[other], [api, other], [other, api], [''], [`${api}/`]]) {
      await expect(clientCredentials.issue({ client, audience }, here)).rejects.toMatchObject({
        code: 'target_invalid',
      })
    }
    expect(stored).toEqual([])
  })

  it('draws on one standing Authorization for one set of audiences, in whatever order and however often they are named', async () => {
    const { domain, asked, clientCredentials } = grants()
    const client = testClient({ audience: [other, api] })
    for (const audience of [
      [api, other],
      [other, api, other],
    ])
      await clientCredentials.issue({ client, audience }, here)
    expect(asked.map(({ audience }) => audience)).toEqual([
      [api, other],
      [api, other],
    ])
    await clientCredentials.issue({ client }, here)
    await clientCredentials.issue({ client, audience: [] }, here)
    expect(asked.slice(2).map(({ audience }) => audience)).toEqual([[domain.issuer], [domain.issuer]])
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
