import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dialectNames } from '../../src/dialects/registry.ts'
import { type OperationId, routes } from '../../src/generated/index.ts'
import { exchangeRaw } from '../../src/http/testing/raw-client.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import { operations } from '../contract/document.ts'
import { dialectTests } from '../dialects.ts'
import {
  basic,
  bearer,
  form,
  type RecordedServer,
  type RegisteredClient,
  startRecordedServer,
  type Tokens,
} from '../recorded-server.ts'
import { guess, loginPaths, named, newAddress } from './login-paths.ts'

let server: RecordedServer
let ada: { readonly id: string }
let session: Tokens
let client: RegisteredClient
beforeAll(async () => {
  server = await startRecordedServer()
  ada = await server.user('ada', 'owner')
  session = await server.session(ada.id)
  client = await server.client()
})
afterAll(() => server.close())

const concrete = (path: string) => path.replace('{asset}', 'start.js').replace(/\{\w+\}/g, '0'.repeat(22))
/** Ours and those of dialects that read like ours; the others answer as their vendors do, each with tests of its own. */
const strict = dialectTests.filter(({ readsAsNative }) => readsAsNative)
const covered = operations.filter(
  ({ tag }) => strict.some(({ dialect }) => dialect === tag) || !dialectNames.includes(tag),
)
const paths = [...new Set(covered.map(({ path }) => path))]
const ask = (path: string, headers: Record<string, string | string[]> = bearer(session.access)) =>
  server.ask('GET', path, { headers })

describe.each(paths)('%s', (path) => {
  const methods = operations.filter((operation) => operation.path === path).map(({ method }) => method)

  it('N-137 has the methods of the contract and no other', async () => {
    for (const method of ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'TRACE', 'OPTIONS', 'PROPFIND', 'QUERY']) {
      if (methods.includes(method)) continue
      const { status, headers } = await server.ask(method, concrete(path))
      expect([method, status]).toEqual([method, 405])
      for (const allowed of methods) expect(headers.get('allow')?.split(', ')).toContain(allowed)
    }
  })

  it('N-159 is spelled one way', async () => {
    const spelled = concrete(path)
    const variants = [
      `${spelled}/`,
      `/${spelled}`,
      spelled.toUpperCase(),
      spelled.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
      `${spelled}%2f`,
      `${spelled};x=1`,
      `${spelled}.`,
      `${spelled}%20`,
      `/.${spelled}`,
      `/x/..${spelled}`,
      spelled.replace('/', '//'),
    ]
    // The root has no letter to spell otherwise. Every path below the console is its page.
    const isPage = (variant: string) => path === '/console' && variant === '/console/'
    for (const variant of variants.filter((one) => one !== spelled && !isPage(one))) {
      const { status } = await ask(variant)
      // 401 where the variant is a bad value of a parameter, and this token none for that dialect.
      expect([variant, [400, 401, 404, 405].includes(status)]).toEqual([variant, true])
    }
  })
})

it.each(operations.filter(({ operationId, method }) => method === 'GET' && !routes[operationId].stateChanging))(
  'N-137 HEAD of $path answers like its GET, without the body',
  async ({ path }) => {
    const [get, head] = [
      await ask(concrete(path)),
      await server.ask('HEAD', concrete(path), { headers: bearer(session.access) }),
    ]
    expect([head.status, head.text]).toEqual([get.status, ''])
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
  },
)

describe('N-158 a parameter in a path', () => {
  const values = [
    '..',
    '%2e%2e',
    '%2e%2e%2f',
    '..%2f..%2f',
    '%00',
    '%ff',
    '%u0041',
    '%',
    '%zz',
    'a;x=1',
    'a%2fb',
    'a%5cb',
    '%0d%0aSet-Cookie:%20a=b',
    'x'.repeat(3000),
    '%c0%af',
    '-1',
    '0x10',
    '1e1',
    ' ',
    '%20',
    "'%20OR%201=1--",
  ]

  const instances = strict.flatMap(({ access }) =>
    Object.keys(access.things ?? {}).map((id) => routes[id as OperationId].path.replace(/\{.*/, '')),
  )
  it.each(['/v1/authorizations/', '/docs/', ...instances])(
    'of %s is what the contract says or nothing',
    async (prefix) => {
      const { access } = await server.session(ada.id)
      for (const value of values.filter((text) => text !== ' ')) {
        const method = prefix.startsWith('/v1') ? 'DELETE' : 'GET'
        const { status } = await server.ask(method, prefix + value, { headers: bearer(access) })
        expect([value.slice(0, 40), [400, 401, 404].includes(status)]).toEqual([value.slice(0, 40), true])
      }
    },
  )
})

it('N-200 the documentation serves its own parts and nothing beside them', async () => {
  const others = [
    '../package.json',
    '..%2fpackage.json',
    '%2e%2e/package.json',
    '.npmignore',
    'package.json',
    'swagger-ui.css.map',
    'swagger-ui-bundle.js.map',
    'index.html',
    'oauth2-redirect.html',
    'start.js/',
    '',
  ]
  for (const other of others) expect([400, 404]).toContain((await ask(`/docs/${other}`)).status)
  expect((await ask('/docs/swagger-ui.css')).headers.get('content-type')).toBe('text/css')
})

describe('what is echoed', () => {
  it('N-178 N-179 a request id is kept if it is harmless, and replaced if not', async () => {
    expect((await ask('/healthz', { 'x-request-id': 'trace-4711' })).headers.get('x-request-id')).toBe('trace-4711')
    for (const id of ['x'.repeat(65), '<b>x</b>', 'a b', 'é', '', 'a\tb', ['a', 'b']]) {
      expect((await ask('/healthz', { 'x-request-id': id })).headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
    }
  })

  it('N-178 no line break gets into an answer or a log line', async () => {
    const { port } = server.running.listening
    const bytes =
      'GET /%0d%0aX-Evil:1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Request-Id: a%0d%0aX-Evil: 1\r\n\r\n'
    const answer = await exchangeRaw(port, bytes)
    expect(answer).toMatch(/^HTTP\/1\.1 404 /)
    expect(answer.toLowerCase()).not.toContain('\nx-evil')
    for (const path of loginPaths.filter(({ of, anyName }) => of === 'password' && anyName)) {
      const login = await guess(server, path, named('a\u2028b\u0085{"level":"error"}'), goodPassword, newAddress())
      expect([path.name, [400, 401].includes(login.status)]).toEqual([path.name, true])
    }
    for (const line of server.running.log().trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  })
})

describe('N-180 N-199 the metadata', () => {
  it('are about the configured issuer, whatever the Host', async () => {
    const expected = await ask('/.well-known/oauth-authorization-server', {})
    expect(expected.body.issuer).toBe(server.issuer)
    for (const headers of [
      { host: 'localhost' },
      { host: '192.0.2.1' },
      { 'x-forwarded-host': 'evil.example' },
      { forwarded: 'host=evil.example' },
    ]) {
      expect((await ask('/.well-known/oauth-authorization-server', headers as Record<string, string>)).text).toBe(
        expected.text,
      )
    }
    const absolute = await server.ask('GET', 'http://evil.example/.well-known/oauth-authorization-server')
    expect(absolute.text).toBe(expected.text)
  })

  it('are at one path', async () => {
    for (const path of [
      '/.well-known/oauth-authorization-server/',
      '/.well-known/oauth-authorization-server/v1',
      '/.well-known/openid-configuration',
      '/.well-known/Oauth-authorization-server',
      '/v1/.well-known/oauth-authorization-server',
    ]) {
      expect((await ask(path, {})).status).toBe(404)
    }
  })

  it('are not given to a request that names two hosts', async () => {
    const { port } = server.running.listening
    const bytes = 'GET /.well-known/oauth-authorization-server HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'
    expect(await exchangeRaw(port, bytes)).toMatch(/^HTTP\/1\.1 400 /)
  })
})

it.each([
  'http://[',
  'http://[::1',
  'http://',
  'http:///',
  '*',
  'http://a\\b/',
  '//',
  '///v1/me',
  'ftp://a/v1/me',
  '/\\evil',
  '?',
  '/?',
  'http://a?x',
])('N-183 the target %j is answered in the shape of an error, never as a page', async (target) => {
  const { port } = server.running.listening
  for (const method of ['GET', 'OPTIONS']) {
    const answer = await exchangeRaw(port, `${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 (400|404|405|421) /)
    expect(answer).not.toMatch(/<html|<pre|x-powered-by/i)
  }
})

describe('N-181 a query', () => {
  it.each([
    'limit[]=1&limit=2',
    'limit=1&limit=1',
    'limit=1000000000',
    'limit=-1',
    'limit=0',
    'limit=1.5',
    'limit=0x10',
    'limit=1e1',
    'limit=%201',
    'limit=',
    'limit=true',
    'unknown=1',
    '__proto__[x]=1',
    'constructor=1',
    'limit=1&__proto__=1',
    'cursor=',
    'cursor=x',
    'cursor=%ff',
    'a=%',
  ])('is refused: %s', async (query) => {
    expect((await ask(`/v1/authorizations?${query}`)).status).toBe(400)
  })

  it('has a cursor that cannot be made up, changed, or used for another user’s list', async () => {
    await server.session(ada.id)
    const { body } = await ask('/v1/authorizations?limit=1')
    const cursor = String(body.next_cursor)
    expect((await ask(`/v1/authorizations?cursor=${cursor}`)).status).toBe(200)
    for (let at = 0; at < cursor.length - 1; at++) {
      const changed = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1)
      expect((await ask(`/v1/authorizations?cursor=${changed}`)).status).toBe(400)
    }
    expect((await ask(`/v1/authorizations?cursor=${cursor.slice(0, -4)}`)).status).toBe(400)
    const { id } = await server.user('bea')
    const { access } = await server.session(id)
    expect((await ask(`/v1/authorizations?cursor=${cursor}`, bearer(access))).status).toBe(400)
  })
})

it('N-182 conditions and ranges change nothing about tokens', async () => {
  const conditions = {
    range: 'bytes=0-1',
    'if-none-match': '*',
    'if-modified-since': new Date(2 ** 40).toUTCString(),
    'if-range': '"a"',
  }
  const tokens = await server.ask('POST', '/oauth2/token', {
    headers: { ...basic(client.client.id, client.secret), ...conditions },
    body: form({ grant_type: 'client_credentials' }),
  })
  expect([tokens.status, typeof tokens.body.access_token]).toEqual([200, 'string'])
  const me = await ask('/v1/me', { ...bearer(session.access), ...conditions })
  expect([me.status, me.body.username]).toEqual([200, 'ada'])
  expect((await ask('/oauth2/jwks', { range: 'bytes=0-1' })).body.keys).toHaveLength(1)
})

it('N-183 what a client would rather read changes no answer', async () => {
  const expected = [(await ask('/v1/me')).text, (await ask('/nowhere')).text]
  for (const accept of ['text/html', '*/*;q=0', 'application/xml', 'x'.repeat(10_000), '']) {
    const headers = { ...bearer(session.access), accept }
    expect([(await ask('/v1/me', headers)).text, (await ask('/nowhere', headers)).text]).toEqual(expected)
  }
})

it('a request that switches protocols is answered, or refused, and never hangs', async () => {
  const { port } = server.running.listening
  const status = await new Promise<number>((resolve, reject) => {
    const headers = { connection: 'upgrade', upgrade: 'h2c' }
    const sent = request({ port, host: '127.0.0.1', path: '/healthz', headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end()
  })
  expect(status).toBe(200)
})
