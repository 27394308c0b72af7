import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { middleware as openApiValidator } from 'express-openapi-validator'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as forExpress from '../src/express.ts'
import * as forFastify from '../src/fastify.ts'
import * as forFetch from '../src/fetch.ts'
import * as forHono from '../src/hono.ts'
import { createVerifier, type Verified, type Verifier } from '../src/index.ts'
import * as forNode from '../src/node.ts'
import { clientIdentity, resource, type ScriptedIssuer, scriptedIssuer } from '../src/testing/scripted-issuer.ts'

const metadataPath = '/.well-known/oauth-protected-resource/v1'
const metadataUrl = 'https://orders.example/.well-known/oauth-protected-resource/v1'
const callerOf = ({ subject, scope }: Verified) => ({ subject, scope })

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const serve = (listener: RequestListener): Promise<string> => listening(createServer(listener))

/** Listens on a port, and passes each request to a handler of the Fetch API. */
const serveFetch = (handler: (request: Request) => Response | Promise<Response>): Promise<string> =>
  serve(async (request, response) => {
    const headers = new Headers()
    for (let index = 0; index < request.rawHeaders.length; index += 2) {
      headers.append(request.rawHeaders[index] ?? '', request.rawHeaders[index + 1] ?? '')
    }
    const answer = await handler(
      new Request(`http://${request.headers.host}${request.url}`, { method: request.method ?? '', headers }),
    )
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
  })

type Api = (verifier: Verifier) => Promise<string>

/** `GET /orders` requires `orders:read`, `POST /orders` `orders:write`, and `GET /open` nothing. */
const apis: readonly (readonly [string, Api])[] = [
  [
    'Express',
    (verifier) => {
      const app = express()
      app.use(forExpress.resourceMetadata(verifier))
      app.get('/orders', forExpress.guard(verifier, { scope: 'orders:read' }), (request, response) => {
        expect((request as unknown as { auth: Verified }).auth).toBe(forExpress.authOf(request))
        response.json(callerOf(forExpress.authOf(request)))
      })
      app.post('/orders', forExpress.guard(verifier, { scope: ['orders:write'] }), (_request, response) => {
        response.json({})
      })
      return serve(app)
    },
  ],
  [
    'Fastify',
    async (verifier) => {
      const app = fastify()
      app.register(forFastify.resourceMetadata(verifier))
      app.get('/orders', { onRequest: forFastify.guard(verifier, { scope: 'orders:read' }) }, async (request) =>
        callerOf(forFastify.authOf(request)),
      )
      app.post('/orders', { onRequest: forFastify.guard(verifier, { scope: ['orders:write'] }) }, async () => ({}))
      onTestFinished(() => app.close())
      return app.listen({ host: '127.0.0.1', port: 0 })
    },
  ],
  [
    'Hono',
    (verifier) => {
      const app = new Hono<{ Variables: { auth: Verified } }>()
      app.use(forHono.resourceMetadata(verifier))
      app.get('/orders', forHono.guard(verifier, { scope: 'orders:read' }), (context) => {
        expect(context.get('auth')).toBe(forHono.authOf(context))
        return context.json(callerOf(forHono.authOf(context)))
      })
      app.post('/orders', forHono.guard(verifier, { scope: ['orders:write'] }), (context) => context.json({}))
      return serveFetch((request) => app.fetch(request))
    },
  ],
  [
    'a Fetch handler',
    (verifier) => {
      const reading = forFetch.guard(verifier, { scope: 'orders:read' }, (request, auth) => {
        expect(forFetch.authOf(request)).toBe(auth)
        return Response.json(callerOf(auth))
      })
      const writing = forFetch.guard(verifier, { scope: ['orders:write'] }, () => Response.json({}))
      return serveFetch((request) => (request.method === 'POST' ? writing(request) : reading(request)))
    },
  ],
  [
    'node:http',
    (verifier) => {
      const reading = forNode.guard(verifier, { scope: 'orders:read' }, (request, response, auth) => {
        expect(forNode.authOf(request)).toBe(auth)
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(callerOf(auth)))
      })
      const writing = forNode.guard(verifier, { scope: ['orders:write'] }, (_request, response) => response.end('{}'))
      return serve((request, response) => {
        void (request.method === 'POST' ? writing : reading)(request, response)
      })
    },
  ],
]

async function withIssuer(): Promise<{ issuer: ScriptedIssuer; verifier: Verifier }> {
  const issuer = await scriptedIssuer()
  const verifier = createVerifier({
    issuer: issuer.url,
    resource,
    whenSilent: 'open',
    scopesSupported: ['orders:read'],
  })
  return { issuer, verifier }
}

/** A request whose headers are sent as they are, several of one name, too. */
function send(url: string, headers: readonly string[]): Promise<{ status: number; challenge: string | undefined }> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers: ['Host', new URL(url).host, ...headers] }, (response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0, challenge: response.headers['www-authenticate'] })
    })
      .on('error', reject)
      .end()
  })
}

describe.each(apis)('a guard in %s', (_name, start) => {
  it('lets a good token through, and tells the handler who calls', async () => {
    const { issuer, verifier } = await withIssuer()
    const url = await start(verifier)
    const response = await fetch(`${url}/orders?x=1`, { headers: { Authorization: `bearer ${await issuer.token()}` } })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ subject: 'user-1', scope: ['orders:read', 'orders:write'] })
  })

  it('challenges without an error code where there is no token, or one of another scheme (RFC 6750 §3.1)', async () => {
    const { verifier } = await withIssuer()
    const url = await start(verifier)
    for (const headers of [{}, { Authorization: 'Basic YTpi' }]) {
      const response = await fetch(`${url}/orders`, { headers })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe(
        `Bearer scope="orders:read", resource_metadata="${metadataUrl}"`,
      )
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(await response.json()).toMatchObject({ status: 401, code: 'token_missing' })
    }
  })

  it('refuses a bad token with `invalid_token`, and too few scopes with `insufficient_scope` and those required', async () => {
    const { issuer, verifier } = await withIssuer()
    const url = await start(verifier)
    const bad = await fetch(`${url}/orders`, { headers: { Authorization: 'Bearer nonsense' } })
    expect(bad.status).toBe(401)
    expect(bad.headers.get('www-authenticate')).toMatch(
      /^Bearer error="invalid_token", error_description="[^"]+", resource_metadata="/,
    )
    const reader = await issuer.token({ scope: 'orders:read' })
    const few = await fetch(`${url}/orders`, { method: 'POST', headers: { Authorization: `Bearer ${reader}` } })
    expect(few.status).toBe(403)
    expect(few.headers.get('www-authenticate')).toMatch(
      /^Bearer error="insufficient_scope".+scope="orders:write", resource_metadata="/,
    )
    expect(await few.json()).toMatchObject({ status: 403, code: 'scope_insufficient' })
  })

  it('N-698 refuses two credentials, a malformed header, and a token in the query, with `invalid_request`', async () => {
    const { issuer, verifier } = await withIssuer()
    const url = await start(verifier)
    const token = await issuer.token()
    const good = ['Authorization', `Bearer ${token}`]
    const requests: [string, readonly string[]][] = [
      ['/orders', [...good, ...good]],
      ['/orders', [...good, 'Authorization', 'Basic YTpi']],
      ['/orders', ['Authorization', 'Bearer']],
      ['/orders', ['Authorization', `Bearer ${token} ${token}`]],
      ['/orders', ['Authorization', `Bearer ${token}, Bearer ${token}`]],
      ['/orders', ['Authorization', 'Bearer "x"']],
      [`/orders?access_token=${token}`, []],
      [`/orders?a=b&access%5Ftoken=${token}`, good],
    ]
    for (const [path, headers] of requests) {
      const { status, challenge } = await send(url + path, headers)
      expect([path, headers.length, status]).toEqual([path, headers.length, 400])
      expect(challenge).toMatch(/^Bearer error="invalid_request"/)
      expect(challenge).not.toContain(token)
    }
  })

  it('serves the metadata of the API to every origin (RFC 9728 §3.1)', async () => {
    const { issuer, verifier } = await withIssuer()
    const url = await start(verifier)
    const response = await fetch(url + metadataPath)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(await response.json()).toEqual({
      resource,
      authorization_servers: [issuer.url],
      bearer_methods_supported: ['header'],
      scopes_supported: ['orders:read'],
    })
  })

  it('responds 503 with Retry-After while the issuer is needed and away', async () => {
    const { issuer, verifier } = await withIssuer()
    const url = await start(verifier)
    const token = await issuer.token()
    await issuer.stop()
    const response = await fetch(`${url}/orders`, { headers: { Authorization: `Bearer ${token}` } })
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await response.json()).toMatchObject({ code: 'issuer_unreachable' })
    await issuer.start()
  })
})

describe('the metadata path', () => {
  it.each([
    ['https://orders.example', '/.well-known/oauth-protected-resource'],
    ['https://orders.example/', '/.well-known/oauth-protected-resource'],
    ['https://orders.example/a/b', '/.well-known/oauth-protected-resource/a/b'],
    ['https://orders.example/a?b=c', '/.well-known/oauth-protected-resource/a?b=c'],
    ['urn:example:orders', undefined],
  ])('of %s is %s (RFC 9728 §3.1)', (name, path) => {
    const verifier = createVerifier({ issuer: 'https://auth.example', resource: name, client: clientIdentity })
    expect(verifier.metadata.path).toBe(path)
  })
})

const operation = (security?: object[]) => ({
  get: { ...(security ? { security } : {}), responses: { 200: { description: 'Good.' } } },
})

const contract = {
  openapi: '3.0.3',
  info: { title: 'Orders', version: '1' },
  security: [{ token: ['orders:read'] }],
  components: {
    securitySchemes: {
      token: { type: 'http' as const, scheme: 'bearer' },
      flow: {
        type: 'oauth2' as const,
        flows: { clientCredentials: { tokenUrl: 'https://auth.example/oauth2/token', scopes: {} } },
      },
      key: { type: 'apiKey' as const, in: 'header' as const, name: 'X-Key' },
    },
  },
  paths: {
    '/default': operation(),
    '/public': operation([]),
    '/any': operation([{ flow: [] }]),
    '/write': operation([{ flow: ['orders:write'] }]),
    '/either': operation([{ flow: ['orders:delete'] }, { token: ['orders:read'] }]),
    '/neither': operation([{ flow: ['orders:delete'] }, { token: ['orders:purge'] }]),
    '/both': operation([{ flow: ['orders:read'], token: ['orders:delete'] }]),
    '/optional': operation([{}, { token: ['orders:read'] }]),
    '/key': operation([{ key: [] }, { token: ['orders:delete'] }]),
  },
}

describe('security handlers for express-openapi-validator', () => {
  async function start(given: Partial<Parameters<typeof createVerifier>[0]> = {}) {
    const issuer = await scriptedIssuer()
    const verifier = createVerifier({ issuer: issuer.url, resource, whenSilent: 'open', ...given })
    const app = express()
    app.use(
      openApiValidator({
        apiSpec: contract as never,
        validateSecurity: { handlers: { ...forExpress.securityHandlers(verifier, contract), key: async () => true } },
      }),
    )
    app.use((request, response) => {
      response.json({ auth: (request as { auth?: Verified }).auth?.subject ?? null })
    })
    app.use(forExpress.challenges(verifier))
    app.use(
      (error: { status?: number; message: string }, _request: unknown, response: express.Response, _next: unknown) => {
        response.status(error.status ?? 500).json({ message: error.message })
      },
    )
    const url = await serve(app)
    const ask = async (path: string, scope: string | undefined, headers: Record<string, string> = {}) => {
      const token = scope === undefined ? undefined : await issuer.token({ scope })
      const response = await fetch(url + path, {
        headers: { ...headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      })
      const challenge = response.headers.get('www-authenticate')
      return [response.status, /error="(\w+)"/.exec(challenge ?? '')?.[1] ?? (challenge === null ? '' : 'challenge')]
    }
    return { issuer, url, ask }
  }

  it('take the scopes of the operation, or of the contract; one of several requirements suffices', async () => {
    const { issuer, ask } = await start()
    const table: [string, string | undefined, unknown[]][] = [
      ['/default', 'orders:read', [200, '']],
      ['/default', 'orders:write', [403, 'insufficient_scope']],
      ['/default', undefined, [401, 'challenge']],
      ['/public', undefined, [200, '']],
      ['/any', '', [200, '']],
      ['/any', undefined, [401, 'challenge']],
      ['/write', 'orders:write', [200, '']],
      ['/write', 'orders:read', [403, 'insufficient_scope']],
      ['/either', 'orders:read', [200, '']],
      ['/either', 'orders:delete', [200, '']],
      ['/either', 'orders:write', [403, 'insufficient_scope']],
      ['/neither', 'orders:read', [403, 'insufficient_scope']],
      ['/both', 'orders:read', [403, 'insufficient_scope']],
      ['/both', 'orders:read orders:delete', [200, '']],
      ['/optional', undefined, [200, '']],
      ['/optional', 'orders:write', [200, '']],
      ['/key', undefined, [401, 'challenge']],
    ]
    for (const [path, scope, expected] of table) {
      expect([path, scope, ...(await ask(path, scope))]).toEqual([path, scope, ...expected])
    }
    expect((await ask('/key', undefined, { 'X-Key': 'k' }))[0]).toBe(200)
    // A token is verified once, for all requirements.
    expect(issuer.count('/oauth2/jwks')).toBe(1)
  })

  it('refuse a malformed request with 400, and pass a 503 on', async () => {
    const { issuer, url } = await start()
    const token = await issuer.token()
    const doubled = await fetch(`${url}/any?access_token=x`, { headers: { Authorization: `Bearer ${token}` } })
    expect([doubled.status, doubled.headers.get('www-authenticate')]).toEqual([
      400,
      expect.stringContaining('invalid_request'),
    ])
    await issuer.stop()
    const away = await fetch(`${url}/any`, { headers: { Authorization: `Bearer ${token}` } })
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1'])
    await issuer.start()
  })

  it('need a scheme that takes a Bearer token', () => {
    const verifier = createVerifier({ issuer: 'https://auth.example', resource, client: clientIdentity })
    expect(() => forExpress.securityHandlers(verifier, { components: { securitySchemes: {} } })).toThrow(TypeError)
  })
})

describe('a program’s own fault', () => {
  it('in Express reaches its error handler, not the client as a refusal', async () => {
    const { issuer, verifier } = await withIssuer()
    const app = express()
    const broken = { ...verifier, verify: () => Promise.reject(new RangeError('a bug')) }
    app.get('/', forExpress.guard(broken as unknown as Verifier))
    app.use((error: Error, _request: unknown, response: express.Response, _next: unknown) => {
      response.status(500).end(error.message)
    })
    const url = await serve(app)
    const response = await fetch(url, { headers: { Authorization: `Bearer ${await issuer.token()}` } })
    expect([response.status, await response.text()]).toEqual([500, 'a bug'])
  })
})
