// express-openapi-validator 5.6.2 has traps (docs/adr/0003-our-pipeline-routes.md). Each is shown here in the package itself, mounted as
// its manual says, and shown not to reach us. A test of the first kind that fails after an upgrade is good news.
import express, { type RequestHandler } from 'express'
import { middleware } from 'express-openapi-validator'
import { describe, expect, it } from 'vitest'
import { buildRouter } from './contract/route.ts'
import { RequestError } from './errors.ts'
import { parseAuthorization } from './parse/authorization-header.ts'
import { findSessionCookie } from './parse/cookie.ts'
import { jsonMediaType } from './parse/media-type.ts'
import { compileShapes } from './testing/compile-shapes.ts'
import { serve } from './testing/server.ts'

const answers = { 200: { description: 'Done.' } }
const note = { type: 'object', additionalProperties: false, properties: { text: { type: 'string' } } }
const contract = {
  openapi: '3.1.0',
  info: { title: 'Traps', version: '1' },
  paths: {
    '/guarded': { get: { operationId: 'guarded', security: [{ bearer: [] }], responses: answers } },
    '/open': { get: { operationId: 'open', security: [], responses: answers } },
    '/note': {
      post: {
        operationId: 'note',
        requestBody: { required: false, content: { [jsonMediaType]: { schema: note } } },
        responses: answers,
      },
    },
  },
  components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
}
const routes = [
  { operationId: 'guarded', method: 'GET', path: '/guarded', stateChanging: false },
  { operationId: 'open', method: 'GET', path: '/open', stateChanging: true },
  { operationId: 'note', method: 'POST', path: '/note', stateChanging: true },
]
const trust = { handlers: { bearer: () => true } }

/** The package as it is meant to be used; its own status is the answer. */
async function asDocumented(options: { security?: object | boolean; before?: RequestHandler; apiSpec?: object } = {}) {
  const app = express()
  app.use(express.json())
  if (options.before) app.use(options.before)
  app.use(
    middleware({
      apiSpec: structuredClone(options.apiSpec ?? contract) as never,
      validateSecurity: (options.security ?? true) as never,
    }),
  )
  let calls = 0
  const done: RequestHandler = (_request, response) => {
    calls++
    response.sendStatus(200)
  }
  app.get('/guarded', done).get('/open', done).post('/note', done)
  const failed: express.ErrorRequestHandler = (error, _request, response, _next) => {
    response.sendStatus(typeof error.status === 'number' ? error.status : 500)
  }
  app.use(failed)
  const { origin } = await serve(async () => ({ status: 500, headers: {}, body: '' }), { binding: () => app })
  const ask = async (path: string, init?: RequestInit) => (await fetch(`${origin}${path}`, init)).status
  return { ask, calls: () => calls }
}

describe('any Authorization that contains "bearer" is taken for a bearer token', () => {
  const values = ['xbearer t', 'Basic bearer', 'Digest a="bearer"', 'Bearer']

  it('by the package', async () => {
    const { ask } = await asDocumented({ security: trust })
    for (const authorization of values) expect(await ask('/guarded', { headers: { authorization } })).toBe(200)
  })

  it('not here', () => {
    for (const value of values) expect(parseAuthorization(['Authorization', value])).toEqual({ kind: 'malformed' })
  })
})

describe('the cookie "undefined=x" passes for a bearer token', () => {
  it('with the package, once cookies are parsed', async () => {
    const before: RequestHandler = (request, _response, next) => {
      request.cookies = Object.fromEntries([(request.headers.cookie ?? '').split('=')])
      next()
    }
    const { ask } = await asDocumented({ security: trust, before })
    expect(await ask('/guarded', { headers: { cookie: 'undefined=x' } })).toBe(200)
  })

  it('not here', () => {
    expect(findSessionCookie(['Cookie', 'undefined=x'])).toEqual({ kind: 'none' })
    expect(parseAuthorization(['Cookie', 'undefined=x'])).toEqual({ kind: 'none' })
  })
})

describe('without security handlers everyone is let in', () => {
  it('by the package', async () => {
    const { ask } = await asDocumented()
    expect(await ask('/guarded', { headers: { authorization: 'Bearer anything' } })).toBe(200)
  })

  it('here shapes decide about shapes only, and a request without a credential has none', async () => {
    const shape = (await compileShapes(contract)).get('guarded')
    expect(Object.keys(shape?.check({ params: {}, query: {}, headers: {} }) ?? {})).toEqual(['ok', 'input'])
    expect(parseAuthorization(['Host', 'x'])).toEqual({ kind: 'none' })
  })
})

describe('a broken contract shows only at the first request', () => {
  const broken = structuredClone(contract)
  Object.assign(broken.paths['/note'].post.requestBody.content[jsonMediaType], {
    schema: { $ref: '#/components/schemas/Missing' },
  })

  it('with the package', async () => {
    const { ask } = await asDocumented({ apiSpec: broken })
    const body = { method: 'POST', headers: { 'content-type': jsonMediaType }, body: '{}' }
    expect(await ask('/note', body)).toBe(500)
  })

  it('here before the server listens', async () => {
    await expect(compileShapes(broken)).rejects.toThrow()
  })
})

describe('HEAD runs the GET handler', () => {
  it('with Express', async () => {
    const { ask, calls } = await asDocumented()
    expect(await ask('/open', { method: 'HEAD' })).toBe(405)
    const bare = express().get('/open', (_request, response) => void response.sendStatus(200))
    const { origin } = await serve(async () => ({ status: 500, headers: {}, body: '' }), { binding: () => bare })
    expect((await fetch(`${origin}/open`, { method: 'HEAD' })).status).toBe(200)
    expect(calls()).toBe(0)
  })

  it('here only where GET changes nothing', () => {
    const router = buildRouter(routes)
    expect(router.match('HEAD', '/guarded').route.operationId).toBe('guarded')
    expect(() => router.match('HEAD', '/open')).toThrow(RequestError)
  })
})

describe('every request makes regular expressions anew', () => {
  /** Counts constructions of RegExp while something runs. */
  async function made(run: () => unknown): Promise<number> {
    const Original = globalThis.RegExp
    let count = 0
    globalThis.RegExp = new Proxy(Original, {
      construct(target, parameters, newTarget) {
        count++
        return Reflect.construct(target, parameters, newTarget)
      },
    })
    try {
      await run()
    } finally {
      globalThis.RegExp = Original
    }
    return count
  }

  it('in the package', async () => {
    const { ask } = await asDocumented()
    await ask('/open')
    expect(await made(() => ask('/open'))).toBeGreaterThan(0)
  })

  it('not here', async () => {
    const router = buildRouter(routes)
    const shape = (await compileShapes(contract)).get('note')
    const request = { params: {}, query: {}, headers: {}, body: { text: 'x' }, mediaType: jsonMediaType }
    const count = await made(() => {
      router.match('POST', '/note')
      shape?.check(request)
    })
    expect(count).toBe(0)
  })
})

describe('a status thrown inside the security check comes out as 500', () => {
  it('from the package', async () => {
    const throttled = () => {
      throw Object.assign(new Error('slow down'), { status: 429 })
    }
    const { ask } = await asDocumented({ security: { handlers: { bearer: throttled } } })
    expect(await ask('/guarded', { headers: { authorization: 'Bearer t' } })).toBe(500)
  })

  it('not here: a shape check returns its findings, and what it throws is passed on untouched', async () => {
    const shape = (await compileShapes(contract)).get('note')
    const fault = Object.assign(new Error('slow down'), { status: 429 })
    const headers = new Proxy({}, {})
    const query = new Proxy(
      {},
      {
        ownKeys: () => {
          throw fault
        },
      },
    )
    expect(() => shape?.check({ params: {}, query, headers })).toThrow(fault)
  })
})

describe('a body is not judged where none is required', () => {
  it('by the package, if it comes without a Content-Type', async () => {
    const before: RequestHandler = (request, _response, next) => {
      request.body = { text: 1, stranger: true }
      next()
    }
    const { ask } = await asDocumented({ before })
    expect(await ask('/note', { method: 'POST' })).toBe(200)
  })

  it('here always', async () => {
    const shape = (await compileShapes(contract)).get('note')
    const request = { params: {}, query: {}, headers: {}, mediaType: jsonMediaType }
    expect(shape?.check({ ...request, body: { text: 1 } }).ok).toBe(false)
    expect(shape?.check({ ...request, body: { stranger: true } }).ok).toBe(false)
  })
})
