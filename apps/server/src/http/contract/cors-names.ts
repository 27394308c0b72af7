// The header names of CORS, made once at start-up: those that a page's request needs, and those of a
// response that a page may read.
import type { CompiledContract } from '@countersign/spec/compiled'

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

/** Pages may read the first six always (Fetch §2.2.2), and the other four are of no use to them. */
const notExposed = new Set(
  'cache-control content-language content-type expires last-modified pragma set-cookie clear-site-data vary x-accel-buffering'.split(
    ' ',
  ),
)

/** Forward authentication answers a proxy, which removes them. */
const isForProxies = (name: string): boolean => name.startsWith('X-Countersign-')

/** What browsers show themselves, or a page of this server loads: no page of another origin reads it. */
const isPage = ({ path }: Served): boolean => path === '/' || path.startsWith('/console')

/** An operation that is served, with the security schemes that are on. */
export interface Served {
  readonly operationId: string
  readonly path: string
  readonly security: readonly string[]
}

/** Reads the names of all operations that are served. */
export function corsNames(table: readonly Served[], { operations, schemeHeaders }: CompiledContract): CorsNames {
  const headers = (id: string) => operations[id]?.headers ?? { request: [], response: [], forwarded: false }
  const requestHeaders = table.map(({ operationId, security }): [string, string] => {
    const ofSchemes = security.flatMap((scheme) => schemeHeaders[scheme] ?? [])
    return [operationId, [...new Set([...headers(operationId).request, ...ofSchemes])].sort().join(', ')]
  })
  const exposed = table.filter((one) => !isPage(one)).flatMap(({ operationId }) => headers(operationId).response)
  return {
    requestHeaders: new Map(requestHeaders),
    responseHeaders: [...new Set(exposed)].filter(isExposed).sort().join(', '),
    forwarded: new Set(table.map(({ operationId }) => operationId).filter((id) => headers(id).forwarded)),
  }
}

const isExposed = (name: string): boolean => !isForProxies(name) && !notExposed.has(name.toLowerCase())
