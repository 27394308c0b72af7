// The header names of CORS, read from the contract once at start-up: those that a page's request needs, and those of a
// response that a page may read.
import { type Operation, operationsOf, resolveReference } from '@countersign/spec'

export interface CorsNames {
  /** The value of `Access-Control-Allow-Headers` for each operation, by its id. */
  readonly requestHeaders: ReadonlyMap<string, string>
  /** The value of `Access-Control-Expose-Headers`. */
  readonly responseHeaders: string
  /**
   * Operations that a gateway asks about a request that it received itself (forward authentication). Their `Origin`, if
   * any, is that of the gateway's client and says nothing about the caller.
   */
  readonly forwarded: ReadonlySet<string>
}

interface SecurityScheme {
  readonly type?: string
  readonly in?: string
  readonly name?: string
}

interface Document {
  readonly components?: { readonly securitySchemes?: Readonly<Record<string, Readonly<Record<string, unknown>>>> }
}

/** The server reads it from every request. */
const everyRequest = 'X-Request-Id'
/** OpenAPI 3.1 §4.8.12.1: parameters with these names are ignored. Pages may always send `Accept`. */
const notParameters = new Set(['accept', 'authorization', 'content-type'])
/** Pages may read the first six always (Fetch §2.2.2), and the other four are of no use to them. */
const notExposed = new Set(
  'cache-control content-language content-type expires last-modified pragma set-cookie clear-site-data vary x-accel-buffering'.split(
    ' ',
  ),
)

/** Forward authentication answers a proxy, which removes them. */
const isForProxies = (name: string): boolean => name.startsWith('X-Countersign-')

/** What browsers show themselves, or a page of this server loads: no page of another origin reads it. */
const isPage = ({ path }: Operation): boolean => path === '/' || path.startsWith('/console')

/** Reads the names of all operations of the bundled contract. */
export function corsNames(document: object): CorsNames {
  const operations = operationsOf(document)
  const forwards = ({ parameters }: Operation) => parameters.some(({ name }) => name === 'X-Forwarded-Method')
  return {
    requestHeaders: new Map(operations.map((one) => [one.operationId, requestHeadersOf(document, one).join(', ')])),
    responseHeaders: responseHeadersOf(operations.filter((one) => !isPage(one))).join(', '),
    forwarded: new Set(operations.filter(forwards).map(({ operationId }) => operationId)),
  }
}

function requestHeadersOf(document: object, { parameters, body, security = [], access }: Operation): string[] {
  const names = new Set([everyRequest])
  for (const { name, in: location } of parameters) {
    if (location === 'header' && !notParameters.has(name.toLowerCase())) names.add(name)
  }
  if (Object.keys(body).length > 0) names.add('Content-Type')
  // The client's id and secret may be sent by HTTP Basic; the contract has no scheme for it.
  if (access.presented === 'client') names.add('Authorization')
  for (const scheme of security.flatMap((one) => Object.keys(one))) {
    const name = headerOf(document, scheme)
    if (name !== undefined) names.add(name)
  }
  return [...names].sort()
}

/** The header of a security scheme; `undefined` for a cookie, which no page of another origin may use. */
function headerOf(document: object, scheme: string): string | undefined {
  const { components } = document as Document
  const found = resolveReference(document, components?.securitySchemes?.[scheme] ?? {}) as SecurityScheme
  if (found.type === 'http') return 'Authorization'
  return found.in === 'header' ? found.name : undefined
}

function responseHeadersOf(operations: readonly Operation[]): string[] {
  const responses = operations.flatMap((operation) => [...operation.responses.values()])
  const names = new Set(responses.flatMap(({ headers }) => Object.keys(headers)))
  return [...names].filter((name) => !isForProxies(name) && !notExposed.has(name.toLowerCase())).sort()
}
