// Our calls and those of openapi-fetch: the same requests, answers and failures.
import fc from 'fast-check'
import createReference, { defaultPathSerializer, type Middleware } from 'openapi-fetch'
import { describe, expect, it } from 'vitest'
import { createFetchClient } from './fetch-client.ts'
import { serializePath } from './parameters.ts'

type Calls = Record<string, (path: string, init?: object) => Promise<{ data?: unknown; error?: unknown }>> & {
  use(...middleware: Middleware[]): void
  eject(...middleware: Middleware[]): void
}

/** What a call sends and resolves to, or its failure, of either implementation. */
async function outcomeOf(kind: 'ours' | 'theirs', call: (calls: Calls) => Promise<unknown>, answer: () => Response) {
  const sent: unknown[] = []
  const fetch = async (request: Request) => {
    const { method, url, redirect, credentials } = request
    const body = request.headers.get('Content-Type')?.startsWith('multipart') ? 'form' : await request.text()
    const headers = [...request.headers].filter(([name]) => body !== 'form' || name !== 'content-type')
    sent.push({ method, url, headers, body, redirect, credentials })
    return answer()
  }
  const options = { baseUrl: 'https://api.example/v1', fetch }
  const calls =
    kind === 'ours'
      ? createFetchClient({ ...options, pathSerializer: serializePath })
      : createReference({ ...options, pathSerializer: defaultPathSerializer })
  const told = await call(calls as never).then(
    (value) => ({ value }),
    (error: unknown) => ({ failed: (error as Error).constructor.name }),
  )
  return { sent, told }
}

/** Both must agree. */
async function same(call: (calls: Calls) => Promise<unknown>, answer = () => Response.json({ ok: true })) {
  const ours = await outcomeOf('ours', call, answer)
  expect(ours).toEqual(await outcomeOf('theirs', call, answer))
  return ours
}

const withoutResponse = async (call: Promise<{ data?: unknown; error?: unknown; response?: unknown }>) => {
  const { response, ...told } = await call
  return { ...told, status: (response as Response).status }
}

describe('a call', () => {
  const get = (path: string, init?: object) => (calls: Calls) =>
    withoutResponse((calls.GET as Calls[string])(path, init))

  it('writes any query and path as openapi-fetch does', async () => {
    const primitive = fc.oneof(fc.string({ maxLength: 6 }), fc.integer(), fc.boolean())
    const value = fc.oneof(
      primitive,
      fc.constant(null),
      fc.constant(undefined),
      fc.array(primitive, { minLength: 1, maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b c', 'd'), primitive, { minKeys: 1, maxKeys: 3 }),
    )
    const query = fc.dictionary(fc.constantFrom('p', 'q', 'limit'), value, { maxKeys: 3 })
    const styles = fc.record(
      {
        array: fc.record({ style: fc.constantFrom('form', 'spaceDelimited', 'pipeDelimited'), explode: fc.boolean() }),
        object: fc.record({ style: fc.constantFrom('form', 'deepObject'), explode: fc.boolean() }),
        allowReserved: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    const path = fc.constantFrom('/x/{id}', '/x/{id*}', '/x{.id}', '/x{;id}', '/x{.id*}', '/x{;id*}', '/x/{other}')
    const shown = fc.oneof(
      primitive.filter((id) => !String(id).includes('$')),
      fc.array(fc.integer(), { minLength: 1, maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b'), fc.integer(), { minKeys: 1 }),
    )
    await fc.assert(
      fc.asyncProperty(path, shown, query, styles, async (template, id, given, querySerializer) => {
        await same(get(template, { params: { path: { id }, query: given }, querySerializer }))
      }),
      { numRuns: 300 },
    )
  })

  it.each<[string, object]>([
    ['JSON', { body: { a: 1 } }],
    ['a form', { body: { a: '1', b: 'x y' }, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }],
    ['a multipart form', { body: new FormData() }],
    [
      'a body of its own',
      { body: 'x', bodySerializer: (body: string) => body, headers: { 'Content-Type': 'text/plain' } },
    ],
    ['no content type', { body: { a: 1 }, headers: { 'Content-Type': null } }],
    ['headers', { headers: { A: '1', B: ['2', '3'], C: undefined }, params: { header: { A: '4', D: 5 } } }],
    ['Headers', { headers: new Headers({ A: '1' }) }],
    ['another base URL', { baseUrl: 'https://other.example/' }],
    ['options of fetch', { credentials: 'include', redirect: 'error' }],
    ['a query of its own', { params: { query: { a: 1 } }, querySerializer: () => '?b=2' }],
  ])('sends %s alike', async (_, init) => {
    await same((calls) => withoutResponse((calls.POST as Calls[string])('/x', init)))
  })

  it.each<[string, () => Response]>([
    ['204', () => new Response(null, { status: 204 })],
    ['an empty 200', () => new Response('')],
    ['a length of 0', () => new Response('', { headers: { 'Content-Length': '0' } })],
    ['JSON with a length', () => new Response('{"a":1}', { headers: { 'Content-Length': '7' } })],
    ['broken JSON', () => new Response('{"a":')],
    ['a JSON error', () => Response.json({ code: 'x' }, { status: 400 })],
    ['a text error', () => new Response('no', { status: 502 })],
    ['an empty error', () => new Response('', { status: 500 })],
  ])('takes %s alike', async (_, answer) => {
    await same(get('/x'), answer)
    await same((calls) => withoutResponse((calls.HEAD as Calls[string])('/x')), answer)
  })

  it.each(['text', 'blob', 'arrayBuffer'])('parses as %s alike', async (parseAs) => {
    const { told } = await same(get('/x', { parseAs }))
    expect(told).toHaveProperty('value.data')
  })

  it('gives the body itself as a stream', async () => {
    const stream = async (calls: Calls) => {
      const { data } = await (calls.GET as Calls[string])('/x', { parseAs: 'stream' })
      return new Response(data as ReadableStream).text()
    }
    expect((await same(stream)).told).toEqual({ value: '{"ok":true}' })
  })

  it('has the methods of HTTP, and any of them by its name', async () => {
    for (const method of ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH']) {
      await same((calls) => withoutResponse((calls[method] as Calls[string])('/x')))
    }
    await same((calls) => withoutResponse((calls.request as never as (m: string, p: string) => never)('patch', '/x')))
  })
})

describe('a middleware', () => {
  const get = (calls: Calls) => withoutResponse((calls.GET as Calls[string])('/x'))
  const header = (name: string): Middleware => ({
    onRequest: ({ request }) => {
      request.headers.append('Via', name)
      return request
    },
    onResponse: ({ response }) => new Response(`"${name}"`, { status: response.status + 1 }),
  })

  it.each<[string, Middleware[], (() => Response)?]>([
    ['changes what is sent and what comes back, in order', [header('a'), header('b')]],
    ['answers itself', [{ onRequest: () => Response.json(1) }, header('b')]],
    ['answers a failure', [{ onError: () => Response.json(2) }], () => Response.error()],
    ['replaces a failure', [{ onError: () => new RangeError('x') }, { onError: () => undefined }]],
  ])('that %s does so alike', async (_, middlewares) => {
    const fails = middlewares.some(({ onError }) => onError)
    const answer = () => {
      if (fails) throw new TypeError('x')
      return Response.json({})
    }
    await same(async (calls) => {
      calls.use(...middlewares)
      return get(calls)
    }, answer)
  })

  it('that is taken away is not called', async () => {
    await same(async (calls) => {
      const [first, second] = [header('a'), header('b')]
      calls.use(first, second)
      calls.eject(first)
      return get(calls)
    })
  })
})
