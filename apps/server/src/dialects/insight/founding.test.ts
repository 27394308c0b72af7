// Insight.io's page about API access tokens, in its order. Its commands are run by the real curl.

import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest'
import { FoundingServer } from '../../../test/founding/founding-server.ts'
import { printed, runs, shell } from '../../../test/founding/printed.ts'
import type { Exchange, Message } from '../../../test/founding/wire-tap.ts'
import { goodPassword } from '../../testing/test-server.ts'

// Programs are started here, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: FoundingServer
let cookie: string
beforeAll(async () => {
  server = await FoundingServer.prepare()
  await server.open()
  await server.made(['create-user', '-u', 'ada', '-g', 'viewer', '--password-stdin'], `${goodPassword}\n`)
  const login = { username: 'ada', password: goodPassword, cookie: true }
  const answer = await server.ask('POST', '/v1/sessions', { body: login })
  cookie = answer.header('set-cookie')?.split(';')[0] ?? ''
})
afterAll(() => server.close())

/** What a browser sends when a user types the address. */
const navigation = () => ({ cookie, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', accept: 'text/html,*/*' })
const create = () => server.ask('GET', '/api/createApiToken', { headers: navigation() })
const newToken = async () => ((await create()).json as { token: string }).token

/** Runs a printed command with a token in its place. */
async function run(
  context: TestContext,
  command: 'recent-files' | 'revoke' | 'list',
  token: string,
): Promise<Exchange> {
  if (!(await runs('curl', ['--version']))) context.skip('no curl here')
  const place = command === 'list' ? '<your api token>' : '<your api access token>'
  const exchange = await shell(server, printed(`insight/${command}.sh`, { '<host>': server.url, [place]: token }))
  // The header goes out as it is printed: without a space after its colon.
  expect(exchange.request.head).toContain(`\r\nX-Auth-Token:${token}`)
  expect(exchange.ended.err).toContain(`< HTTP/1.1 ${exchange.answer.status}`)
  return exchange
}

const refused = (answer: Message) => ({
  status: answer.status,
  json: answer.json,
  type: answer.header('content-type'),
})
const credentialsRequired = () => ({
  status: 401,
  json: JSON.parse(printed('insight/error.json')),
  type: 'application/json',
})

describe('Insight: Token Creation', () => {
  it('gives a browser that is logged in a new token each time', async () => {
    const answer = await create()
    expect([answer.status, answer.header('content-type'), answer.header('cache-control')]).toEqual([
      200,
      'application/json',
      'no-store',
    ])
    expect(answer.json).toEqual({ token: expect.stringMatching(/^cs_pat_[0-9A-Za-z]{36}$/) })
    expect(await newToken()).not.toBe((answer.json as { token: string }).token)
  })

  it('refuses a browser that is not', async () => {
    const { cookie: _, ...headers } = navigation()
    expect(refused(await server.ask('GET', '/api/createApiToken', { headers }))).toEqual(credentialsRequired())
  })

  it('refuses a page of another site that sends the browser there', async () => {
    const headers = { ...navigation(), 'sec-fetch-site': 'cross-site' }
    expect((await server.ask('GET', '/api/createApiToken', { headers })).status).toBe(403)
  })
})

describe('Insight: Token Usage', () => {
  it('answers the printed command with the printed list, the newest file first', async (context) => {
    const token = await newToken()
    const list = JSON.parse(printed('insight/recent-files.json')) as RecentFile[]
    for (const { timeStamp: _, ...file } of list.toReversed()) {
      await server.later(6)
      await server.ask('POST', '/v1/me/recent-files', { headers: { 'x-auth-token': token }, body: file })
    }
    const { request, answer } = await run(context, 'recent-files', token)
    expect(request.startLine).toBe('GET /api/getUserRecentFiles HTTP/1.1')
    expect([answer.status, answer.header('content-type')]).toEqual([200, 'application/json'])
    const files = answer.json as RecentFile[]
    expect(files.map((file) => Object.keys(file))).toEqual(list.map((file) => Object.keys(file)))
    const [now, before] = files.map(({ timeStamp }) => timeStamp)
    expect(files).toEqual([
      { ...list[0], timeStamp: now },
      { ...list[1], timeStamp: before },
    ])
    expect(now).toSatisfy((time: number) => Math.abs(time - server.now()) < 60_000)
    expect(before).toBeLessThanOrEqual(Number(now) - 6000)
  })

  it('answers every other token with the printed error', async (context) => {
    for (const token of ['<your api access token>', 'x', `${(await newToken()).slice(0, -1)}`]) {
      expect(refused((await run(context, 'recent-files', token)).answer)).toEqual(credentialsRequired())
    }
  })

  it('lets the token do what its user may, without logging in', async () => {
    const me = await server.ask('GET', '/v1/me', { headers: { 'x-auth-token': await newToken() } })
    expect([me.status, me.json]).toEqual([200, expect.objectContaining({ username: 'ada' })])
  })
})

describe('Insight: Token Deletion', () => {
  it('answers the printed command with 200 whether the token is valid or not, and the token is invalid afterwards', async (context) => {
    const token = await newToken()
    for (const target of [token, token, 'never was one']) {
      const { request, answer } = await run(context, 'revoke', target)
      expect(request.startLine).toBe('GET /api/revokeApiToken HTTP/1.1')
      expect([answer.status, answer.body]).toEqual([200, ''])
    }
    expect(refused((await run(context, 'recent-files', token)).answer)).toEqual(credentialsRequired())
  })

  it('is the only end of a token: it works years later, when the session that made it is long over', async (context) => {
    const token = await newToken()
    await server.later(5 * 365 * 86_400)
    expect((await server.ask('GET', '/api/createApiToken', { headers: navigation() })).status).toBe(401)
    expect((await run(context, 'recent-files', token)).answer.status).toBe(200)
    expect((await run(context, 'revoke', token)).answer.status).toBe(200)
    expect((await run(context, 'recent-files', token)).answer.status).toBe(401)
  })
})

describe('Insight: List All Tokens', () => {
  it('answers the printed command with the printed members of every token, the tokens masked', async (context) => {
    const body = { username: 'ada', password: goodPassword }
    const { access_token } = (await server.ask('POST', '/v1/sessions', { body })).json as { access_token: string }
    const headers = { authorization: `Bearer ${access_token}` }
    const made = async () => ((await server.ask('POST', '/api/token', { headers })).json as { token: string }).token
    const [one, other] = [await made(), await made()]
    const { request, answer } = await run(context, 'list', other)
    expect(request.startLine).toBe('GET /api/getApiTokens HTTP/1.1')
    expect([answer.status, answer.header('content-type')]).toEqual([200, 'application/json'])
    const list = answer.json as Record<string, unknown>[]
    const time = expect.toSatisfy((value: unknown) => Math.abs(Number(value) - server.now()) < 60_000)
    for (const token of [one, other]) {
      const listed = list.find(({ apiToken }) => apiToken === masked(token))
      expect(listed).toEqual({ uid: 'ada', apiToken: masked(token), created: time, lastUsed: time })
      expect(Object.keys(listed ?? {})).toEqual(['uid', 'apiToken', 'created', 'lastUsed'])
    }
    expect(answer.body).not.toContain(one)
  })

  it('needs a valid token like any other request', async (context) => {
    expect(refused((await run(context, 'list', 'x')).answer)).toEqual(credentialsRequired())
  })
})

interface RecentFile {
  readonly timeStamp: number
}

const masked = (token: string): string => `${token.slice(0, 11)}…${token.slice(-4)}`
