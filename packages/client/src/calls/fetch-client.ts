// The calls: the same requests, answers and middlewares as those of openapi-fetch, with a third less to load. A test
// compares both.
import { parseJson } from '../transport/problem.ts'
import type { FetchClient, Middleware } from './calls.ts'
import { type QueryStyles, serializeQuery } from './parameters.ts'

type Values = Readonly<Record<string, unknown>>
type Query = ((query: Values) => string) | QueryStyles
/** What a request may have for its body, as `fetch` takes it. */
type Body = NonNullable<RequestInit['body']>
type Path = (path: string, values: Record<string, unknown>) => string
type HeaderValues = Headers | Values | undefined

interface Init {
  readonly method: string
  readonly baseUrl?: string
  readonly fetch?: (request: Request) => Promise<Response>
  readonly Request?: typeof Request
  readonly headers?: HeaderValues
  readonly params?: { readonly query?: Values; readonly path?: Record<string, unknown>; readonly header?: Values }
  readonly parseAs?: 'json' | 'text' | 'blob' | 'arrayBuffer' | 'stream'
  readonly querySerializer?: Query
  readonly bodySerializer?: (body: unknown, headers: Headers) => Body
  readonly pathSerializer?: Path
  readonly body?: unknown
  readonly middleware?: readonly Middleware[]
  readonly [other: string]: unknown
}

/** The calls that have a method for their name. */
export const methods = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'] as const

/** @param defaults The base URL without a trailing slash, and what sends a request. */
export function createFetchClient<Paths extends object>(defaults: {
  readonly baseUrl: string
  readonly fetch: (request: Request) => Promise<Response>
  readonly pathSerializer: Path
}): FetchClient<Paths> {
  const used: Middleware[] = []
  const call = async (schemaPath: string, given: Init): Promise<object> => {
    const {
      fetch,
      pathSerializer,
      Request: Made = Request,
      headers,
      params: { query: values = {}, path: places, header } = {},
      parseAs = 'json',
      middleware = [],
      body,
      baseUrl: base,
      querySerializer: query,
      bodySerializer = serializeBody,
      ...init
    } = { ...defaults, ...given }
    const baseUrl = base.replace(/\/$/, '')
    const querySerializer = typeof query === 'function' ? query : (values: Values) => serializeQuery(values, query)
    const content = body === undefined ? undefined : bodySerializer(body, merged(headers, header))
    const json = content === undefined || content instanceof FormData ? {} : { 'Content-Type': 'application/json' }
    const path = places ? pathSerializer(schemaPath, places) : schemaPath
    const search = querySerializer(values).replace(/^\?/, '')
    const shown = { redirect: 'follow', ...init, body: content, headers: merged(json, headers, header) }
    let request = new Made(baseUrl + path + (search && `?${search}`), shown as RequestInit)
    for (const [name, value] of Object.entries(init)) if (!(name in request)) Object.assign(request, { [name]: value })

    const all = [...used, ...middleware]
    const options = Object.freeze({ baseUrl, fetch, parseAs, querySerializer, bodySerializer, pathSerializer })
    const id = Math.random().toString(36).slice(2, 11)
    // Its types are of the contract, which is not known here.
    const context = () => ({ request, schemaPath, params: given.params ?? {}, options, id }) as never
    let response: Response | undefined
    for (const { onRequest } of all) {
      const changed = await onRequest?.(context())
      if (changed instanceof Response) {
        response = changed
        break
      }
      if (changed) request = changed
    }
    if (!response) {
      response = await fetch(request).catch(async (error: unknown) => {
        let failure = error
        for (const { onError } of [...all].reverse()) {
          const changed = await onError?.({ ...(context() as object), error: failure } as never)
          if (changed instanceof Response) return changed
          if (changed) failure = changed
        }
        throw failure
      })
      for (const { onResponse } of [...all].reverse()) {
        response = (await onResponse?.({ ...(context() as object), response } as never)) || response
      }
    }
    return parsed(request, response, parseAs)
  }
  const calls = methods.map((method) => [method, (path: string, init?: object) => call(path, { ...init, method })])
  return {
    ...Object.fromEntries(calls),
    request: (method: string, path: string, init?: object) => call(path, { ...init, method: method.toUpperCase() }),
    use: (...added: Middleware[]) => {
      used.push(...added.filter(Boolean))
    },
    eject: (...removed: Middleware[]) => {
      used.splice(0, used.length, ...used.filter((one) => !removed.includes(one)))
    },
  }
}

async function parsed({ method }: Request, response: Response, parseAs: NonNullable<Init['parseAs']>): Promise<object> {
  const { ok, status, headers, body } = response
  const length = headers.get('Content-Length')
  const isChunked = headers.get('Transfer-Encoding')?.includes('chunked')
  const read = async (): Promise<unknown> => {
    if (status === 204 || method === 'HEAD' || (length === '0' && !isChunked)) return undefined
    if (ok && parseAs !== 'json') return parseAs === 'stream' ? body : response[parseAs]()
    const text = await response.text()
    if (ok) return text || length ? JSON.parse(text) : undefined
    const error = parseJson(text)
    return error === undefined ? text : error
  }
  return { [ok ? 'data' : 'error']: await read(), response }
}

function serializeBody(body: unknown, headers: Headers): Body {
  if (body instanceof FormData) return body
  const isForm = headers.get('Content-Type') === 'application/x-www-form-urlencoded'
  return isForm ? new URLSearchParams(body as Record<string, string>).toString() : JSON.stringify(body)
}

/** Later ones replace earlier ones; `null` removes a header. */
function merged(...all: HeaderValues[]): Headers {
  const headers = new Headers()
  for (const one of all) {
    for (const [name, value] of one instanceof Headers ? one : Object.entries(one ?? {})) {
      if (value === null) headers.delete(name)
      else if (Array.isArray(value)) for (const part of value) headers.append(name, part)
      else if (value !== undefined) headers.set(name, String(value))
    }
  }
  return headers
}
