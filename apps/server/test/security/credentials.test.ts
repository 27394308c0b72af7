import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createApp } from '../../src/compose/app.ts'
import { dialectNames } from '../../src/dialects/registry.ts'
import { type OperationId, routes } from '../../src/generated/index.ts'
import { exchangeRaw } from '../../src/http/testing/raw-client.ts'
import { nativeParsers } from '../../src/pipeline/credentials.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import { operations } from '../contract/document.ts'
import { dialectTests } from '../dialects.ts'
import { bearer, cookie, form, type RecordedServer, startRecordedServer, type Tokens } from '../recorded-server.ts'

const strict = dialectTests.filter(({ readsAsNative }) => readsAsNative)

let server: RecordedServer
let ada: { readonly id: string }
let native: Tokens
const ofDialect = new Map<string, Tokens>()
beforeAll(async () => {
  server = await startRecordedServer()
  ada = await server.user('ada', 'owner')
  native = await server.session(ada.id)
  for (const { dialect, sessionPolicy } of strict) ofDialect.set(dialect, await server.session(ada.id, sessionPolicy))
})
afterAll(() => server.close())

const concrete = (path: string) =>
  path
    .replace('/console/assets/{asset}', '/console/assets/stand-in-1a2b3c4d.js')
    .replace('{asset}', 'start.js')
    .replace(/\{\w+\}/g, path.startsWith('/v1') ? '0'.repeat(22) : '0')
/** Our own operations and those of dialects that read like them; the others follow their vendors, each with tests of its own. */
const covered = operations.filter(
  ({ tag }) => strict.some(({ dialect }) => dialect === tag) || !dialectNames.includes(tag),
)
const all = covered.map(({ operationId, method, path, tag }) => ({
  ...(routes[operationId] as Pick<(typeof routes)[OperationId], 'security' | 'access' | 'tag'>),
  operationId,
  method,
  path: concrete(path),
  vendor: dialectNames.includes(tag),
}))
const guarded = all.filter(({ access }) => access.least !== 'none')
const open = all.filter(({ security, access }) => security.length === 0 && access.presented !== 'client')

/** A proxy turns a 400 of its authentication request into a 5xx, though its client sent the credentials. */
const refusalOf = (operationId: string) => (operationId === 'checkForwardedRequest' ? 401 : 400)

describe.each(guarded)('the credential of $operationId', ({ operationId, method, path, tag, vendor }) => {
  const refusal = refusalOf(operationId)
  const token = () => (ofDialect.get(tag) ?? native).access
  const ask = (headers: Record<string, string | string[]>) => server.ask(method, path, { headers })

  it('N-160 is no credential in any spelling but its own', async () => {
    const good = token()
    const spellings = [
      `xbearer ${good}`,
      `Basic ${Buffer.from(`bearer:${good}`).toString('base64')}`,
      `Bearer`,
      `Bearer `,
      `Bearer\t${good}`,
      `Bearer ${good} extra`,
      `Bearer ${good},`,
      `Bearer "${good}"`,
      `Bearer=${good}`,
      `Token ${good}`,
      `basic bearer ${good}`,
      good,
      ...(vendor ? [`Bearer:: ${good}`] : [`Bearer: ${good}`]),
    ]
    const statuses = await Promise.all(spellings.map(async (authorization) => (await ask({ authorization })).status))
    expect(statuses).toEqual(spellings.map(() => 401))
  })

  it('N-161 N-162 is one: two are refused, even the same twice', async () => {
    const good = token()
    expect((await ask({ authorization: [`Bearer ${good}`, `Bearer ${good}`] })).status).toBe(refusal)
    expect((await ask({ authorization: [`Bearer ${good}`, 'Basic eDp5'] })).status).toBe(refusal)
    const query = await server.ask(method, `${path}?access_token=${good}`, { headers: bearer(good) })
    // Vendors' dialects ignore what they do not know in a query.
    expect(query.status).toBe(vendor ? (await ask(bearer(good))).status : 400)
    expect((await server.ask(method, `${path}?access_token=${good}`)).status).toBe(401)
    if (!vendor) expect((await ask({ ...bearer(good), ...cookie(server.cookieOf(native.id)) })).status).toBe(refusal)
    if (!vendor)
      expect((await ask({ authorization: 'Bearer', ...cookie(server.cookieOf(native.id)) })).status).toBe(refusal)
  })

  it('N-163 is not found in a cookie that has nothing to do with it', async () => {
    for (const value of [
      'undefined=x',
      `bearer=${token()}`,
      `Bearer ${token()}`,
      `access_token=${token()}`,
      '__host-countersign=x',
      '__Host-countersign',
    ]) {
      expect((await ask({ cookie: value })).status).toBe(401)
    }
  })

  it('N-165 is refused where it cannot be read', async () => {
    expect((await ask({ authorization: `Bearer ${token()}\u00e9` })).status).toBe(refusal)
    expect((await ask({ authorization: `Bearer ${'x'.repeat(8001)}` })).status).toBe(refusal)
  })
})

it('N-165 NUL and CR in a header are no request at all', async () => {
  for (const character of ['\0', '\r', '\n']) {
    const bytes = `GET /v1/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a${character}b\r\n\r\n`
    expect(await exchangeRaw(server.running.listening.port, bytes)).toMatch(/^HTTP\/1\.1 400 /)
  }
})

it('N-160 two spaces after the scheme are tolerated', async () => {
  const spaces = { authorization: `bearer  ${native.access}` }
  expect((await server.ask('GET', '/v1/me', { headers: spaces })).status).toBe(200)
})

describe('N-162 a token in the body', () => {
  it('is an unknown member to native operations, and nothing to a login', async () => {
    const body = { current_password: goodPassword, new_password: goodPassword, access_token: native.access }
    expect((await server.ask('PUT', '/v1/me/password', { headers: bearer(native.access), body })).status).toBe(400)
    expect((await server.ask('PUT', '/v1/me/password', { body })).status).toBe(401)
    const asForm = form({ access_token: native.access })
    expect((await server.ask('PUT', '/v1/me/password', { body: asForm })).status).toBe(401)
  })
})

describe('N-164 a security scheme', () => {
  const replaced = (table: object, name: string, value: unknown) => {
    const own = Reflect.get(table, name)
    if (value === undefined) Reflect.deleteProperty(table, name)
    else Reflect.set(table, name, value)
    onTestFinished(() => void Reflect.set(table, name, own))
  }

  it('without a parser refuses the start', async () => {
    replaced(nativeParsers, 'bearer', undefined)
    await expect(createApp(server.running.authority)).rejects.toThrow('has no parser')
  })

  it.each([
    ['finds nothing', () => ({ kind: 'none' }), 401],
    ['returns nothing', () => undefined, 401],
    [
      'throws',
      () => {
        throw new Error('a defect')
      },
      500,
    ],
    ['rejects', () => Promise.reject(new Error('a defect')), 401],
    ['never resolves', () => new Promise(() => {}), 401],
  ])('whose parser %s admits no caller', async (_what, parser, status) => {
    replaced(nativeParsers.bearer ?? {}, 'read', (...all: never[]) => {
      const result = (parser as (...all: never[]) => unknown)(...all)
      if (result instanceof Promise) result.catch(() => {})
      return result
    })
    const answer = await server.running.fetch('/v1/me', { headers: bearer(native.access) })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect([status, 500]).toContain(answer.status)
  })
})

describe('N-167 a header that means another method or path', () => {
  it.each(['x-http-method-override', 'x-http-method', 'x-method-override', 'x-original-url', 'x-rewrite-url'])(
    '%s is ignored',
    async (name) => {
      const headers = { ...bearer(native.access), [name]: name.includes('url') ? '/v1/sessions/current' : 'DELETE' }
      const { status, body } = await server.ask('GET', '/v1/me', { headers })
      expect([status, body.username]).toEqual([200, 'ada'])
      expect((await server.ask('GET', '/v1/sessions/current', { headers })).status).toBe(200)
    },
  )

  it('_method in a query is an unknown parameter', async () => {
    expect((await server.ask('GET', '/v1/me?_method=DELETE', { headers: bearer(native.access) })).status).toBe(400)
  })
})

it.each(open)(
  'N-279 $operationId does not look at a dead or foreign Authorization',
  async ({ method, path, operationId }) => {
    const bodies: { readonly [K in OperationId]?: () => Promise<object> } = {
      createSession: async () => ({ username: 'ada', password: goodPassword }),
      refreshSession: async () => ({ refresh_token: (await server.session(ada.id)).refresh }),
    }
    const authorizations = ['Bearer dead', 'Basic !!!', 'Bearer', 'Negotiate abc', ['Bearer a', 'Bearer b']]
    for (const authorization of authorizations) {
      const body = await bodies[operationId]?.()
      expect((await server.ask(method, path, { headers: { authorization }, body })).status).toBeLessThan(300)
    }
  },
)
