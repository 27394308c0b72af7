// The specification of the API "to provide auth across the cluster" of Extreme's EFA (XCO), in its order.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FoundingServer } from '../../../test/founding/founding-server.ts'
import { printed } from '../../../test/founding/printed.ts'
import type { Message } from '../../../test/founding/wire-tap.ts'
import { goodPassword } from '../../testing/test-server.ts'

// Programs are started here, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const day = 86_400
const jwt = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Behind TLS, since certificates are what the page's own message is about. */
let server: FoundingServer
/** A client that is registered with EFA. */
let clientId: string
beforeAll(async () => {
  server = await FoundingServer.prepare(['--tls-self-signed'])
  await server.made(['create-user', '-u', 'admin', '-g', 'owner', '--password-stdin'], `${goodPassword}\n`)
  clientId = (await server.made<{ client_id: string }>(['create-client', '--name', 'openstack'])).client_id
  await server.open()
})
afterAll(() => server.close())

type Tokens = Readonly<Record<'access-token' | 'token-type' | 'refresh-token' | 'message', string>>

/** A printed body, with its secrets replaced. */
const body = (name: string, replaced?: Readonly<Record<string, string>>): object =>
  JSON.parse(printed(`efa/${name}.json`, replaced))
const password = { '"password": "password"': `"password": "${goodPassword}"` }
const post = (name: string, sent?: object, token?: string): Promise<Message> => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return server.ask('POST', `/v1/auth/token/${name}`, { headers, ...(sent && { body: sent }) })
}
const tokensOf = ({ status, json, body: text }: Message): Tokens => {
  if (status !== 200) throw new Error(`${status} ${text}`)
  return json as Tokens
}
const logIn = async () => tokensOf(await post('access-token', body('access', password)))
const ownerToken = async () => (await logIn())['access-token']

const refused = ({ status, json }: Message) => ({ status, json })
const refusal = (status: number, code: number, message: string) => ({ status, json: { code, message } })

/** The members that are printed, in the printed order; an advice is there only where something ends soon. */
const members = (name: 'tokens' | 'client-tokens') => Object.keys(body(name)).filter((member) => member !== 'message')

function lifeOf(token: string): number {
  const { iat, exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return exp - iat
}

async function works(token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` }
  return (await server.ask('GET', '/v1/auth/token/validate', { headers })).status === 200
}

describe('EFA: Create an access token for EFA', () => {
  it('answers the printed body with the printed members, in the printed order', async () => {
    const answer = await post('access-token', body('access', password))
    expect([answer.status, answer.header('content-type'), answer.header('cache-control')]).toEqual([
      200,
      'application/json',
      'no-store',
    ])
    const tokens = tokensOf(answer)
    expect(Object.keys(tokens)).toEqual(members('tokens'))
    expect(tokens).toEqual({
      'access-token': expect.stringMatching(jwt),
      'token-type': 'Bearer',
      'refresh-token': expect.stringMatching(jwt),
    })
    expect(await works(tokens['access-token'])).toBe(true)
  })

  it('refuses the printed password, in the printed shape of an error', async () => {
    const answer = await post('access-token', body('access'))
    expect(refused(answer)).toEqual(refusal(401, 25001, 'Invalid username or password'))
    expect(Object.keys(answer.json as object)).toEqual(Object.keys(body('error')))
  })
})

describe('EFA: the call without a body', () => {
  it('gives the owner a system token, in the printed shape', async () => {
    const tokens = tokensOf(await post('system-access-token', undefined, await ownerToken()))
    expect(Object.keys(tokens)).toEqual(members('tokens'))
    expect(lifeOf(tokens['access-token'])).toBe(day)
    expect(await works(tokens['access-token'])).toBe(true)
  })

  it('is refused without a token', async () => {
    expect(refused(await post('system-access-token'))).toEqual(refusal(401, 25004, 'Token is missing'))
  })
})

describe('EFA: Create an extended system access token for EFA', () => {
  const sent = () => body('extended', { sdjfdjskjd: clientId })

  it('answers the printed body with a token that expires after the printed 300 seconds', async () => {
    const tokens = tokensOf(await post('extended-system-access-token', sent(), await ownerToken()))
    expect(Object.keys(tokens)).toEqual(members('tokens'))
    expect(lifeOf(tokens['access-token'])).toBe(300)
    expect(await works(tokens['access-token'])).toBe(true)
    await server.later(300)
    expect(await works(tokens['access-token'])).toBe(false)
  })

  it('refuses the printed client, which is not registered', async () => {
    const answer = await post('extended-system-access-token', body('extended'), await ownerToken())
    expect(refused(answer)).toEqual(refusal(401, 25009, 'Unknown client'))
  })

  it('is refused without a token', async () => {
    expect(refused(await post('extended-system-access-token', sent()))).toEqual(refusal(401, 25004, 'Token is missing'))
  })
})

describe('EFA: Create an access token for XCO clients', () => {
  it('refuses the printed body, which lacks the documented clientId', async () => {
    for (const replaced of [undefined, password]) {
      const answer = await post('client-access-token', body('client', replaced))
      expect(refused(answer)).toEqual(refusal(400, 1001, 'The request is not valid'))
    }
  })

  it('answers with the printed members, no refresh token among them, once the clientId is there', async () => {
    const tokens = tokensOf(await post('client-access-token', { ...body('client', password), clientId }))
    expect(Object.keys(tokens)).toEqual(members('client-tokens'))
    expect(tokens).toEqual({ 'access-token': expect.stringMatching(jwt), 'token-type': 'Bearer' })
    expect(await works(tokens['access-token'])).toBe(true)
  })
})

describe('EFA: Get access token with refresh token', () => {
  const token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...'

  it('answers the printed body with new tokens, in the printed shape', async () => {
    const first = await logIn()
    const second = tokensOf(await post('refresh', body('refresh', { [token]: first['refresh-token'] })))
    expect(Object.keys(second)).toEqual(members('tokens'))
    expect(second['refresh-token']).not.toBe(first['refresh-token'])
    expect(await works(second['access-token'])).toBe(true)
  })

  it('refuses the printed token, whose end is missing', async () => {
    expect(refused(await post('refresh', body('refresh')))).toEqual(refusal(401, 25005, 'Invalid token'))
  })
})

describe('EFA: the message', () => {
  it('is the printed one in every answer, the last of its members, when a certificate ends soon', async () => {
    // The certificate lives a year. So does the signing key, whose successor counts after some minutes.
    await server.later(345 * day)
    const { status } = await server.command(['keys', 'rotate'])
    expect(status).toBe(0)
    await server.later(400)
    const access = await logIn()
    const owner = access['access-token']
    const four = [
      access,
      tokensOf(await post('system-access-token', undefined, owner)),
      tokensOf(await post('extended-system-access-token', body('extended', { sdjfdjskjd: clientId }), owner)),
      tokensOf(await post('refresh', { 'grant-type': 'refresh_token', 'refresh-token': access['refresh-token'] })),
    ]
    for (const tokens of four) {
      expect(Object.keys(tokens)).toEqual(Object.keys(body('tokens')))
      expect(tokens.message).toBe((body('tokens') as Tokens).message)
    }
    const client = tokensOf(await post('client-access-token', { ...body('client', password), clientId }))
    expect(Object.keys(client)).toEqual(Object.keys(body('client-tokens')))
    expect(client.message).toBe((body('client-tokens') as Tokens).message)
  })
})
