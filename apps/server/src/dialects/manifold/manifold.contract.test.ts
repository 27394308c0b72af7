// What the vendor's clients send, as transcripts. Every answer is judged by the contract too.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basic, bearer, type RecordedServer, startRecordedServer } from '../../../test/recorded-server.ts'
import { goodPassword } from '../../testing/test-server.ts'

const unauthorized = { code: 401, error: 'Unauthorized', details: [] }

let server: RecordedServer
let token: string
beforeAll(async () => {
  server = await startRecordedServer()
  const { id } = await server.user('ada', 'manager')
  const headers = bearer((await server.session(id)).access)
  await server.ask('POST', '/v1/droplets', { headers, body: { name: 'night-watch' } })
  await server.ask('POST', '/v1/droplets/night-watch/stop', { headers })
  token = (await logIn(basic('ada', goodPassword))).token
})
afterAll(() => server.close())

interface Pair {
  readonly token: string
  readonly refresh_token: string
}
const login = (headers: Record<string, string>) => server.ask('GET', '/manifold-api/login', { headers })
const logIn = async (headers: Record<string, string>): Promise<Pair> => JSON.parse((await login(headers)).text)
const show = (path: string) => server.ask('GET', `/manifold-api/v3-preview${path}`, { headers: bearer(token) })

describe('the login', () => {
  it('answers Basic with two JWTs, for ten minutes and for a year', async () => {
    const { status, headers, text } = await login(basic('ada', goodPassword))
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      'application/json',
      'no-store',
    ])
    expect(text).toMatch(/^\{"token":"[\w-]+\.[\w-]+\.[\w-]+","refresh_token":"[\w-]+\.[\w-]+\.[\w-]+"\}$/)
    const lives = Object.values(JSON.parse(text) as Pair).map((jwt) => {
      const { iat, exp } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
      return exp - iat
    })
    expect(lives).toEqual([600, 365 * 86_400])
  })

  it('takes a refresh token in place of Basic, once; the second time is a 401 and ends nothing', async () => {
    const first = await logIn(basic('ada', goodPassword))
    const second = await logIn(bearer(first.refresh_token))
    expect(second.refresh_token).not.toBe(first.refresh_token)
    const { status, body } = await login(bearer(first.refresh_token))
    expect({ status, body }).toEqual({ status: 401, body: unauthorized })
    expect((await login(bearer(second.refresh_token))).status).toBe(200)
  })

  it('ends the login where a used refresh token comes from another address', async () => {
    const first = await logIn(basic('ada', goodPassword))
    const second = await logIn(bearer(first.refresh_token))
    for (const refused of [first, second]) {
      const { status, body } = await login({ ...bearer(refused.refresh_token), 'x-forwarded-for': '203.0.113.9' })
      expect({ status, body }).toEqual({ status: 401, body: unauthorized })
    }
  })

  it('gives no refresh token where configured so', async () => {
    const plain = await startRecordedServer({ flags: { 'manifold-refresh-tokens': 'off' } })
    await plain.user('ada')
    const { body } = await plain.ask('GET', '/manifold-api/login', { headers: basic('ada', goodPassword) })
    await plain.close()
    expect(Object.keys(body)).toEqual(['token'])
  })
})

describe('the list of instances', () => {
  const names = async (query: string) => {
    const { status, body } = await show(`/cloud/instance${query}`)
    return status === 200 ? (body.instances as { name: string }[]).map(({ name }) => name) : status
  }

  it('knows the words that the vendor’s clients use for several states', async () => {
    const all = ['first-light', 'night-watch']
    for (const query of ['', '?state=all', '?state=not_done', '?state=all&extended=true']) {
      expect([query, await names(query)]).toEqual([query, all])
    }
  })

  it('has an instance in two of the vendor’s states, and none in the others', async () => {
    expect([await names('?state=active'), await names('?state=stopped')]).toEqual([['first-light'], ['night-watch']])
    const others = 'init pending hold suspended done off undeployed cloning cloning_failed'.split(' ')
    for (const state of others) expect([state, await names(`?state=${state}`)]).toEqual([state, []])
  })

  it('refuses what is no state of the vendor', async () => {
    const queries = ['?state=State(7)', '?state=', '?state=ACTIVE', '?extended=perhaps', '?instance=', '?instance=a']
    for (const query of queries) {
      expect([query, await names(query)]).toEqual([query, 400])
    }
  })
})

describe('what the vendor’s description requires of a list', () => {
  it.each([
    ['?instance=1', ['night-watch']],
    ['?instance=1,0,77', ['first-light', 'night-watch']],
    ['?instance=77', []],
    ['?instance=,1,', ['night-watch']],
    ['?instance=0,1&state=stopped', ['night-watch']],
  ])('%s', async (query, expected) => {
    const { body } = await show(`/cloud/instance${query}`)
    expect((body.instances as { name: string }[]).map(({ name }) => name)).toEqual(expected)
  })

  it('takes decrypt at one instance, which holds no secrets', async () => {
    const plain = await show('/cloud/instance/1')
    expect((await show('/cloud/instance/1?decrypt=true')).body).toEqual(plain.body)
    expect((await show('/cloud/instance/1?decrypt=perhaps')).status).toBe(400)
  })
})

describe('an instance', () => {
  it('is a droplet by its number, seen by its creator’s name', async () => {
    expect((await show('/cloud/instance/1')).body).toMatchObject({
      instance: { id: 1, name: 'night-watch', state: 'stopped', user_name: 'ada' },
    })
    const { status, body } = await show('/cloud/instance/77')
    const details = ['No instance has the id 77.']
    expect({ status, body }).toEqual({ status: 404, body: { code: 404, error: 'Not found', details } })
  })
})
