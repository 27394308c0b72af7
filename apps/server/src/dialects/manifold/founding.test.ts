// SoftIron's Manifold API, as the README of its client describes it, in that order.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FoundingServer } from '../../../test/founding/founding-server.ts'
import type { Message } from '../../../test/founding/wire-tap.ts'
import { goodPassword } from '../../testing/test-server.ts'

// Programs are started here, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: FoundingServer
const unauthorized = { code: 401, error: 'Unauthorized', details: [] }
const jwt = /^[\w-]+\.[\w-]+\.[\w-]+$/

beforeAll(async () => {
  server = await FoundingServer.prepare()
  await server.made(['create-user', '-u', 'admin', '-g', 'owner', '--password-stdin'], `${goodPassword}\n`)
  await server.open()
})
afterAll(() => server.close())

interface Pair {
  readonly token: string
  readonly refresh_token: string
}

const basic = `Basic ${btoa(`admin:${goodPassword}`)}`
const login = (authorization: string) => server.ask('GET', '/manifold-api/login', { headers: { authorization } })
const logIn = async (authorization = basic) => (await login(authorization)).json as Pair
const instance = (authorization: string) =>
  server.ask('GET', '/manifold-api/v3-preview/cloud/instance/0', { headers: { authorization } })
const refused = ({ status, json }: Message) => ({ status, json })

/** Seconds from the issue of a JWT to its end. */
function lifeOf(token: string): number {
  const { iat, exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return exp - iat
}

describe('Manifold: Login', () => {
  it('answers a GET with Basic with an access token: a JWT of 10 minutes', async () => {
    const answer = await login(basic)
    expect([answer.status, answer.header('content-type'), answer.header('cache-control')]).toEqual([
      200,
      'application/json',
      'no-store',
    ])
    const { token } = answer.json as Pair
    expect(token).toMatch(jwt)
    expect(lifeOf(token)).toBe(600)
  })

  it('refuses a wrong password with 401', async () => {
    const answer = await login(`Basic ${btoa('admin:password')}`)
    expect(refused(answer)).toEqual({ status: 401, json: unauthorized })
    expect(answer.header('www-authenticate')).toBe('Basic realm="manifold", charset="UTF-8"')
  })
})

describe('Manifold: Access Token', () => {
  it('refuses the printed token, which it never gave, with 401', async () => {
    const answer = await instance('Bearer dht467bv4570flw2r')
    expect(refused(answer)).toEqual({ status: 401, json: unauthorized })
    expect(answer.header('www-authenticate')).toBe('Bearer realm="manifold"')
  })

  it('accepts its own in the Authorization header of a subsequent request', async () => {
    expect((await instance(`Bearer ${(await logIn()).token}`)).status).toBe(200)
  })

  it('is refused with 401 once it has expired: the hint to log in again, which then works', async () => {
    const { token } = await logIn()
    await server.later(600)
    expect(refused(await instance(`Bearer ${token}`))).toEqual({ status: 401, json: unauthorized })
    expect((await instance(`Bearer ${(await logIn()).token}`)).status).toBe(200)
  })
})

describe('Manifold: Refresh Token', () => {
  it('comes with the access token: a JWT of one year', async () => {
    const { refresh_token } = await logIn()
    expect(refresh_token).toMatch(jwt)
    expect(lifeOf(refresh_token)).toBe(365 * 86_400)
  })

  it('gives a new access token and a new refresh token in place of Basic', async () => {
    const first = await logIn()
    const answer = await login(`Bearer ${first.refresh_token}`)
    expect([answer.status, answer.header('cache-control')]).toEqual([200, 'no-store'])
    const second = answer.json as Pair
    expect(Object.keys(second)).toEqual(['token', 'refresh_token'])
    expect(second.token).not.toBe(first.token)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect((await instance(`Bearer ${second.token}`)).status).toBe(200)
  })

  it('is rejected with 401 once it was used, although its year is not over', async () => {
    const { refresh_token } = await logIn()
    expect((await login(`Bearer ${refresh_token}`)).status).toBe(200)
    expect(refused(await login(`Bearer ${refresh_token}`))).toEqual({ status: 401, json: unauthorized })
  })

  it('is no access token, and the access token is no refresh token', async () => {
    const { token, refresh_token } = await logIn()
    expect((await instance(`Bearer ${refresh_token}`)).status).toBe(401)
    expect((await login(`Bearer ${token}`)).status).toBe(401)
  })

  it('outlives the access token by months, and is over after its year', async () => {
    const { refresh_token: kept } = await logIn()
    const { refresh_token: lost } = await logIn()
    await server.later(364 * 86_400)
    expect((await login(`Bearer ${kept}`)).status).toBe(200)
    await server.later(86_400)
    expect(refused(await login(`Bearer ${lost}`))).toEqual({ status: 401, json: unauthorized })
  })

  it('is optional: Basic always logs in again', async () => {
    expect((await login(basic)).status).toBe(200)
    expect((await login(basic)).status).toBe(200)
  })
})

describe('Manifold: Package main', () => {
  it('prints out the name of the instance with an ID of 0', async () => {
    const answer = await instance(`Bearer ${(await logIn()).token}`)
    const { instance: first } = answer.json as { instance: Record<string, unknown> }
    expect(first).toMatchObject({ id: 0, state: 'active' })
    expect(`Instance 0 is called: ${first.name}`).toBe('Instance 0 is called: first-light')
  })
})
