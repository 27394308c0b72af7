import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basic, form, type RecordedServer, type RegisteredClient, startRecordedServer } from '../recorded-server.ts'

const orders = 'https://orders.example'
const stock = 'https://stock.example'

let server: RecordedServer
let robot: RegisteredClient
beforeAll(async () => {
  server = await startRecordedServer()
  for (const identifier of [orders, stock]) await server.api(identifier)
  const apis = [server.issuer, orders, stock].map((identifier) => ({ identifier }))
  robot = await server.client({ name: 'robot', apis })
})
afterAll(() => server.close())

type Targets = readonly (readonly [name: string, value: string])[]

const ask = (targets: Targets, by = robot) => {
  const body = form({ grant_type: 'client_credentials' })
  for (const [name, value] of targets) body.append(name, value)
  return server.ask('POST', '/oauth2/token', { headers: basic(by.client.id, by.secret), body })
}

const audienceFor = async (targets: Targets, by = robot): Promise<unknown> => {
  const { body } = await ask(targets, by)
  const [, claims = ''] = String(body.access_token).split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).aud
}

describe('the target of a client’s token (RFC 8707 §2)', () => {
  it('is the issuer unless the client names an API, by either parameter, once or repeatedly', async () => {
    expect(await audienceFor([])).toEqual(server.issuer)
    expect(await audienceFor([['audience', orders]])).toEqual(orders)
    expect(await audienceFor([['resource', stock]])).toEqual(stock)
    expect(
      await audienceFor([
        ['resource', stock],
        ['audience', stock],
        ['resource', stock],
      ]),
    ).toEqual(stock)
  })

  it.each<Targets>([
    [['audience', 'https://foreign.example']],
    [['resource', `${orders}/`]],
    [
      ['audience', stock],
      ['resource', orders],
    ],
    [
      ['resource', stock],
      ['resource', orders],
    ],
    [
      ['resource', orders],
      ['resource', 'https://foreign.example'],
    ],
  ])('is one API that the client may ask for: %j %j is invalid_target', async (...targets) => {
    const { status, body } = await ask(targets.filter((target) => target !== undefined))
    expect([status, body.error]).toEqual([400, 'invalid_target'])
  })

  it('is only resource and audience that may repeat', async () => {
    const { status, body } = await ask([
      ['scope', 'read'],
      ['scope', 'write'],
    ])
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })

  it('is no API for a client that was made without one, and the only one where a client has one alone', async () => {
    const plain = await server.client({ name: 'plain' })
    expect((await ask([['resource', orders]], plain)).body.error).toBe('invalid_target')
    const one = await server.client({ name: 'one', apis: [{ identifier: orders }] })
    expect(await audienceFor([], one)).toEqual(orders)
    expect((await ask([['resource', server.issuer]], one)).body.error).toBe('invalid_target')
  })

  it('is not implied by being that API’s own program, nor the reverse', async () => {
    const own = await server.client({ name: 'own', audience: [orders] })
    expect((await ask([['resource', orders]], own)).body.error).toBe('invalid_target')
    const asking = await server.client({ name: 'asking', apis: [{ identifier: orders, scope: 'orders:read' }] })
    const { access_token: token } = (await ask([], asking)).body
    const introspect = async (by: RegisteredClient) =>
      (
        await server.ask('POST', '/oauth2/introspect', {
          headers: basic(by.client.id, by.secret),
          body: form({ token: String(token) }),
        })
      ).body
    expect(await introspect(own)).toMatchObject({ active: true, aud: [orders], scope: 'orders:read' })
    const another = await server.client({ name: 'another', apis: [{ identifier: orders, scope: 'orders:read' }] })
    expect(await introspect(another)).toEqual({ active: false })
  })
})

describe('N-631 a client that asks for an API with every selection of its scope', () => {
  const names = Array.from({ length: 6 }, (_, index) => `many:${index}`)
  const scopes = names.map((name) => ({ name, description: 'Do.', leastRole: 'viewer' }) as const)
  const selections = Array.from({ length: 2 ** names.length - 1 }, (_, mask) =>
    names.filter((_name, index) => ((mask + 1) >> index) & 1).join(' '),
  )

  it.each(['jwt', 'opaque'] as const)('makes one row, and each token has its own scope: %s', async (tokenForm) => {
    const api = await server.api(`https://many-${tokenForm}.example`, { tokenForm, scopes })
    const asked = [{ identifier: api.identifier, scope: names.join(' ') }]
    const asking = await server.client({ name: `many ${tokenForm}`, apis: asked, audience: [api.identifier] })
    const { store } = server.running.authority
    const subject = { kind: 'client', id: asking.client.id } as const
    for (const scope of selections) {
      const { status, body } = await ask([['scope', scope]], asking)
      expect([status, body.scope]).toEqual([200, scope])
      const question = {
        headers: basic(asking.client.id, asking.secret),
        body: form({ token: `${body.access_token}` }),
      }
      expect((await server.ask('POST', '/oauth2/introspect', question)).body).toMatchObject({ active: true, scope })
    }
    const { authorizations } = await store.authorizations.listLive({ subject, latest: 0, limit: 100 })
    expect(authorizations).toHaveLength(1)
  })

  it('ends one of these tokens without the others', async () => {
    const identifier = 'https://one-of-many.example'
    await server.api(identifier, { tokenForm: 'opaque', scopes })
    const asking = await server.client({
      name: 'one of many',
      apis: [{ identifier, scope: names.join(' ') }],
      audience: [identifier],
    })
    const headers = basic(asking.client.id, asking.secret)
    const tokenFor = async (scope: string) => String((await ask([['scope', scope]], asking)).body.access_token)
    const isActive = async (token: string) =>
      (await server.ask('POST', '/oauth2/introspect', { headers, body: form({ token }) })).body.active
    const [first, second] = [await tokenFor('many:0'), await tokenFor('many:1')]
    expect((await server.ask('POST', '/oauth2/revoke', { headers, body: form({ token: first }) })).status).toBe(200)
    expect([await isActive(first), await isActive(second)]).toEqual([false, true])
  })
})
