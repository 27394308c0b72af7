import { afterAll, beforeAll, expect, it } from 'vitest'
import { basic, form, type RecordedServer, type RegisteredClient, startRecordedServer } from '../recorded-server.ts'

const orders = 'https://orders.example'
const stock = 'https://stock.example'

let house: RecordedServer
let robot: RegisteredClient
beforeAll(async () => {
  house = await startRecordedServer()
  robot = await house.client({ name: 'robot', audience: [orders, stock] })
})
afterAll(() => house.close())

const ask = (targets: Record<string, string>) =>
  house.ask('POST', '/oauth2/token', {
    headers: basic(robot.client.id, robot.secret),
    body: form({ grant_type: 'client_credentials', ...targets }),
  })

const audienceFor = async (targets: Record<string, string>): Promise<unknown> => {
  const { body } = await ask(targets)
  const [, claims = ''] = String(body.access_token).split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).aud
}

it('a token is for its issuer unless its client says for whom', async () => {
  expect(await audienceFor({})).toEqual(house.server.authority.config.issuer)
  expect(await audienceFor({ audience: orders })).toEqual(orders)
  expect(await audienceFor({ resource: stock })).toEqual(stock)
})

it('audience and resource (RFC 8707 §2) together are for both, and the same twice is once', async () => {
  expect(await audienceFor({ audience: stock, resource: orders })).toEqual([orders, stock])
  expect(await audienceFor({ audience: stock, resource: stock })).toEqual(stock)
})

it.each([{ audience: 'https://foreign.example' }, { audience: orders, resource: 'https://foreign.example' }])(
  'a target that is not the client’s is refused whichever of the two names it: %j',
  async (targets) => {
    const { status, body } = await ask(targets)
    expect([status, body.error]).toEqual([400, 'invalid_target'])
  },
)
