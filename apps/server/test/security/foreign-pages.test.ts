import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Route, routes } from '../../src/generated/index.ts'
import { judgesSecret } from '../../src/pipeline/admission.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import { dialectTests } from '../dialects.ts'
import { basic, bearer, form, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { guess, loginPaths, newAccount, newAddress, wrongSecret } from './login-paths.ts'
import { knownOperations as refreshingOperations } from './refreshing-paths.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
})
afterAll(() => server.close())

const judging = (Object.values(routes) as readonly Route[]).filter(judgesSecret)

/** What browsers send with what another site's page starts, and what no browser should. */
const foreign = (): Record<string, string>[] => [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  { 'sec-fetch-site': 'cross-site', origin: server.issuer },
  { 'sec-fetch-site': 'same-origin, cross-site' },
  { 'sec-fetch-site': '' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: `${server.issuer}.evil.example` },
  { origin: server.issuer.replace('http:', 'https:') },
]

const own = (): Record<string, string>[] => [
  {},
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-site': 'same-origin', origin: server.issuer },
  { origin: server.issuer },
]

/** How our own words it; a dialect says its own. */
const shapes: readonly (readonly [string, object])[] = [
  ['/v1/', { code: 'origin_refused', status: 403 }],
  ['/oauth2/', { error: 'invalid_request' }],
]

it('N-349 every login, refresh, client authentication and fresh proof is one at which something is judged', () => {
  const ids = judging.map(({ operationId }) => operationId)
  expect(ids).toEqual(expect.arrayContaining([...new Set(loginPaths.map(({ operationId }) => operationId))]))
  expect(ids).toEqual(expect.arrayContaining([...refreshingOperations]))
})

describe.each(judging)('N-349 $operationId', ({ method, path, tag }) => {
  it('is refused to a page of another site, in the error format of the operation', async () => {
    const ofDialect = dialectTests.find(({ dialect }) => dialect === tag)?.foreignPage
    const shape = ofDialect ?? shapes.find(([prefix]) => path.startsWith(prefix))?.[1]
    for (const headers of foreign()) {
      const { status, body } = await server.ask(method, path, { headers })
      expect([headers, status]).toEqual([headers, 403])
      expect(body).toMatchObject(shape ?? {})
    }
  })

  it('is permitted to clients that are no browser, and to pages of the server itself', async () => {
    for (const headers of own()) {
      const { status, body } = await server.ask(method, path, { headers })
      expect([headers, status === 403 && body.code]).not.toEqual([headers, 'origin_refused'])
      expect([headers, status]).not.toEqual([headers, 403])
    }
  })
})

describe.each(loginPaths)('N-350 guesses that another site’s page sends to $name', (path) => {
  it('count nowhere, and the right secret is not even judged', async () => {
    const [account, address] = [await newAccount(server, path), newAddress()]
    server.sql('DELETE FROM counters')
    const from = (headers: Record<string, string>) => ({
      ...path,
      request: (...given: Parameters<typeof path.request>) => {
        const question = path.request(...given)
        return { ...question, headers: { ...question.headers, ...headers } }
      },
    })
    const evil = from({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })
    const secret = account.secret
    for (let i = 0; i < 6; i++) {
      expect((await guess(server, evil, account, i % 2 ? secret : wrongSecret(path), address)).status).toBe(403)
    }
    expect(server.sql('SELECT count(*) AS n FROM counters')[0]?.n).toBe(0)
    expect((await guess(server, path, account, secret, address)).status).toBeLessThan(300)
  })
})

it('N-349 a bearer token does not permit a fresh proof to a page of another site', async () => {
  const { id } = await server.user('bea')
  const { access } = await server.session(id)
  const body = { current_password: goodPassword, new_password: 'a quiet lighthouse keeps its own hours' }
  const headers = { ...bearer(access), origin: 'https://evil.example' }
  expect((await server.ask('PUT', '/v1/me/password', { headers, body })).body.code).toBe('origin_refused')
})

it('N-349 a form of another site is refused before it is read', async () => {
  const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  const body = form({ username: 'x'.repeat(20_000), password: 'x' })
  for (const { path } of judging.filter(({ method }) => method === 'POST')) {
    expect([path, (await server.ask('POST', path, { headers, body })).status]).toEqual([path, 403])
  }
})

it('N-353 metrics count guesses that were refused, and limits that were reached, by reason and by nothing else', async () => {
  const watched = await startRecordedServer({ cheapHashes: true })
  try {
    const numbers = async () => {
      const { text } = await watched.ask('GET', '/metrics')
      return (name: string, reason: string) =>
        Number(new RegExp(`^countersign_${name}_total\\{reason="${reason}"\\} (\\d+)$`, 'm').exec(text)?.[1])
    }
    const before = await numbers()
    for (const reason of ['account', 'known', 'address', 'prefix', 'codes']) {
      expect([before('refused_guesses', reason), before('lockouts', reason)]).toEqual([0, 0])
    }
    for (const reason of ['overloaded', 'unavailable', 'origin']) expect(before('refused_guesses', reason)).toBe(0)
    const logIn = (headers: Record<string, string> = {}) =>
      watched.ask('POST', '/v1/sessions', { headers, body: { username: 'somebody-secret', password: 'wrong' } })
    for (let i = 0; i < 7; i++) await logIn()
    await logIn({ 'sec-fetch-site': 'cross-site' })
    const { client } = await watched.client()
    for (let i = 0; i < 6; i++) {
      await watched.ask('POST', '/oauth2/revoke', { headers: basic(client.id, 'wrong'), body: form({ token: 'x' }) })
    }
    const after = await numbers()
    expect([after('refused_guesses', 'account'), after('lockouts', 'account')]).toEqual([3, 2])
    expect(after('refused_guesses', 'origin')).toBe(1)
    const { text } = await watched.ask('GET', '/metrics')
    expect(text).not.toMatch(new RegExp(`somebody-secret|${client.id}`))
  } finally {
    await watched.close()
  }
})
