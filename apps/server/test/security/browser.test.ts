import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dialectNames } from '../../src/dialects/registry.ts'
import { type Route, routes } from '../../src/generated/index.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import { operations } from '../contract/document.ts'
import { dialectTests } from '../dialects.ts'
import { cookie, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

const newPassword = 'a quiet lighthouse keeps its own hours'

let server: RecordedServer
let ada: { readonly id: string }
beforeAll(async () => {
  server = await startRecordedServer()
  ada = await server.user('ada', 'owner')
})
afterAll(() => server.close())

const session = async () => {
  const { id } = await server.session(ada.id)
  return { id, ...cookie(server.cookieOf(id)) }
}
const sameSite = { 'sec-fetch-site': 'same-origin' }

/** Our own; what a dialect does with the cookie is tested in its folder. */
const withCookie = Object.values(routes).filter(
  ({ security, tag }) => (security as readonly string[]).includes('sessionCookie') && !dialectNames.includes(tag),
)
const changing = withCookie.filter(({ method }) => (method as string) !== 'GET')

const bodyOf = (method: string) =>
  method === 'PUT' ? { current_password: 'wrong', new_password: newPassword } : undefined

describe.each(changing)('N-187 $operationId with the session cookie', ({ method, path }) => {
  const ask = async (headers: Record<string, string>) => {
    const { id, ...own } = await session()
    return server.ask(method, path.replace(/\{\w+\}/g, id), { headers: { ...own, ...headers }, body: bodyOf(method) })
  }

  it('is refused from another origin, or none', async () => {
    const foreign = [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${server.issuer}.evil.example` },
      { origin: server.issuer.replace('http:', 'https:') },
      { origin: `${server.issuer}/` },
      { origin: 'http://127.0.0.1' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { referer: `${server.issuer}/docs` },
    ]
    for (const headers of foreign as Record<string, string>[]) {
      const { status, body } = await ask(headers)
      expect([headers, status, body.code]).toEqual([headers, 403, 'origin_refused'])
    }
  })

  it('is let through from our own', async () => {
    for (const headers of [{ origin: server.issuer }, sameSite] as Record<string, string>[]) {
      const { body } = await ask(headers)
      expect(body.code).not.toBe('origin_refused')
    }
  })
})

it('N-187 a form of another site is not even read', async () => {
  const { id: _, ...own } = await session()
  const headers = { ...own, ...sameSite, 'content-type': 'text/plain' }
  expect((await server.ask('PUT', '/v1/me/password', { headers, body: '{"current_password":"x"}' })).status).toBe(415)
})

it.each(withCookie.filter(({ method }) => (method as string) === 'GET'))(
  'N-188 $operationId shows the same with a cookie, and changes nothing',
  async ({ path }) => {
    const { id: _, ...own } = await session()
    const headers = { ...own, 'sec-fetch-site': 'cross-site', 'x-forwarded-method': 'GET' }
    const answer = await server.ask('GET', path.replace(/\{\w+\}/g, ada.id), { headers })
    expect([200, 204, 404]).toContain(answer.status)
  },
)

const table: readonly Route[] = Object.values(routes) as readonly Route[]
const noSuchMethod = (tag: string): number => dialectTests.find(({ dialect }) => dialect === tag)?.noSuchMethod ?? 405

describe('N-188 a GET that changes something', () => {
  it('knows the cookie only where the contract says so, and has no HEAD', async () => {
    for (const { method, path, tag, security } of table.filter(({ stateChanging }) => stateChanging)) {
      const { id: _, ...own } = await session()
      if (security.length > 0 && !security.includes('sessionCookie'))
        expect((await server.ask(method, path, { headers: own })).status).toBe(401)
      expect((await server.ask('HEAD', path, { headers: own })).status).toBe(noSuchMethod(tag))
    }
  })
})

describe('the session cookie', () => {
  const login = (headers: Record<string, string> = {}) =>
    server.ask('POST', '/v1/sessions', { headers, body: { username: 'ada', password: goodPassword, cookie: true } })

  it('N-189 is out of reach of scripts, of other hosts and of other sites', async () => {
    const [name, ...attributes] = ((await login()).headers.get('set-cookie') ?? '').split('; ')
    expect(name).toMatch(/^__Host-countersign=[0-9a-f]{64}$/)
    expect(attributes.toSorted()).toEqual(['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Strict', 'Secure'])
  })

  it('N-190 is a new one at each login, whatever came along', async () => {
    const { id, ...own } = await session()
    const fresh = (await login(own)).headers.get('set-cookie')?.split(';')[0]
    expect(fresh).not.toBe(own.cookie)
    const { body } = await server.ask('GET', '/v1/sessions/current', { headers: { cookie: fresh ?? '' } })
    expect(body.id).not.toBe(id)
  })

  it('N-190 is not set for a login that does not request it', async () => {
    const { headers } = await server.ask('POST', '/v1/sessions', { body: { username: 'ada', password: goodPassword } })
    expect(headers.get('set-cookie')).toBeNull()
  })

  it('N-191 is invalid after the logout, which clears it', async () => {
    const { id: _, ...own } = await session()
    const { status, headers } = await server.ask('DELETE', '/v1/sessions/current', { headers: { ...own, ...sameSite } })
    // No "cookies": those of every host of the domain would go. No "cache": nothing of ours is in it.
    expect([status, headers.get('clear-site-data')]).toEqual([204, '"storage"'])
    expect(headers.get('set-cookie')).toMatch(/^__Host-countersign=; .*Max-Age=0/)
    expect((await server.ask('GET', '/v1/me', { headers: own })).status).toBe(401)
  })

  it('N-191 and everything else in the browser stay when a client logs out with its access token', async () => {
    const { body } = await server.ask('POST', '/v1/sessions', { body: { username: 'ada', password: goodPassword } })
    const own = { authorization: `Bearer ${body.access_token}` }
    const { status, headers } = await server.ask('DELETE', '/v1/sessions/current', { headers: own })
    expect(status).toBe(204)
    expect([headers.get('clear-site-data'), headers.get('set-cookie')]).toEqual([null, null])
  })

  it('N-192 is accepted once: two of its name, or too many bytes of cookies, are refused', async () => {
    const { id: _, ...own } = await session()
    const status = async (value: string | string[]) =>
      (await server.ask('GET', '/v1/me', { headers: { cookie: value } })).status
    expect(await status(`${own.cookie}; ${own.cookie}`)).toBe(400)
    expect(await status([own.cookie, '__Host-countersign=x'])).toBe(400)
    expect(await status(`${own.cookie}; filler=${'x'.repeat(8200)}`)).toBe(400)
    expect(await status(`__Host-countersign="${own.cookie.split('=')[1]}"`)).toBe(401)
    expect(await status(`__Host-Countersign=${own.cookie.split('=')[1]}`)).toBe(401)
    const many = Array.from({ length: 400 }, (_value, i) => `a${i}=b`).join('; ')
    expect(await status(`${many}; ${own.cookie}`)).toBe(200)
  })

  it('is no bearer token, and a bearer token is no cookie', async () => {
    const { access, id } = await server.session(ada.id)
    const value = server.cookieOf(id)
    expect((await server.ask('GET', '/v1/me', { headers: { authorization: `Bearer ${value}` } })).status).toBe(401)
    expect((await server.ask('GET', '/v1/me', { headers: cookie(access) })).status).toBe(401)
  })
})

it('N-185 N-186 no response permits a page of another origin, and a preflight request is refused', async () => {
  for (const { method, path: template, tag } of operations) {
    const path = template.replace('{asset}', 'start.js').replace(/\{\w+\}/g, '0')
    const headers = {
      origin: 'null',
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization',
    }
    const preflight = await server.ask('OPTIONS', path, { headers })
    expect([path, preflight.status]).toEqual([path, noSuchMethod(tag)])
    expect(preflight.headers.get('allow')).toContain(method)
    // That no answer but those for everybody has Access-Control-Allow-Origin is judged at each of them.
    await server.ask('GET', path, { headers: { origin: 'https://evil.example' } })
  }
})

it('N-193 nothing can be framed or sniffed, and no address is passed on', async () => {
  for (const path of ['/docs', '/v1/me', '/nowhere', '/oauth2/jwks']) {
    const { headers } = await server.ask('GET', path)
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.*frame-ancestors 'none'/)
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*/)
    expect([headers.get('x-content-type-options'), headers.get('referrer-policy')]).toEqual(['nosniff', 'no-referrer'])
  }
})
