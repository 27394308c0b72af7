// Finds the operation of a request. Built once from the contract's table, without regular expressions per route; the
// cost of a match does not grow with the number of routes. The folder http/contract/ checks requests against the
// contract and must not know handlers.
import { RequestError } from '../errors.ts'
import { decodePercent } from '../parse/urlencoded.ts'

/** The part of the contract's table that routing needs. */
export interface Route {
  readonly operationId: string
  readonly method: string
  /** Template of the contract, e.g. `/v1/authorizations/{id}`. A parameter is a whole segment. */
  readonly path: string
  /** A GET that changes state has no HEAD: a HEAD request must not have effects (RFC 9110 §9.2.1). */
  readonly stateChanging: boolean
}

/** Which spellings of a path a vendor's server accepts. */
export interface PathSpelling {
  /** Whether the ASCII letters of literal segments match in either case. Parameters keep their case. */
  readonly anyCase: boolean
  /** Whether one trailing slash is ignored. */
  readonly trailingSlash: boolean
}

/** Routes that also match other spellings. */
export interface LenientRoutes<R extends Route> {
  readonly routes: readonly R[]
  readonly spelling: PathSpelling
}

export interface RouteMatch<R extends Route> {
  readonly route: R
  /** Decoded values by parameter name of the template. */
  readonly params: Record<string, string>
}

export interface Router<R extends Route> {
  /**
   * Finds the route of a request. Paths are compared exactly, including case, slashes and escapes, and then as the
   * lenient routes allow. An escaped letter of a literal segment never matches.
   *
   * @param path Raw, without the query.
   * @throws RequestError `route_not_found`; `method_not_allowed` with `allow`; `request_invalid` for a segment that
   *   cannot be decoded, or decodes to a slash, a backslash, a dot segment or a control character.
   */
  match(method: string, path: string): RouteMatch<R>
  /** The methods of a path, for `Allow` and CORS; empty for an unknown path. */
  allowedMethods(path: string): readonly string[]
  /** The routes of a path, one for each of its methods but HEAD; empty for an unknown path. */
  routesAt(path: string): readonly R[]
}

interface Bound<R extends Route> {
  readonly route: R
  readonly names: readonly string[]
}

interface Node<R extends Route> {
  readonly children: Map<string, Node<R>>
  parameter: Node<R> | undefined
  readonly methods: Map<string, Bound<R>>
}

const pathLimitCharacters = 2048
const template = /^\{([A-Za-z_][A-Za-z0-9_-]*)\}$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafeSegment = /[\x00-\x1f\x7f-\x9f/\\]|^\.{1,2}$/

const newNode = <R extends Route>(): Node<R> => ({ children: new Map(), parameter: undefined, methods: new Map() })

/** A node, and the raw values of the parameters on the path to it. */
interface Found<R extends Route> {
  readonly node: Node<R>
  readonly values: readonly string[]
}

type Find<R extends Route> = (path: string) => Found<R> | undefined
type Fold = (literal: string) => string

const asItIs: Fold = (literal) => literal
/** ASCII only: other letters must not be folded into a letter that looks alike. */
const lowerCase: Fold = (literal) => literal.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())

/**
 * Builds the router.
 *
 * @param lenient Routes that also match other spellings, by vendor. They are searched only if no route matches exactly.
 * @throws TypeError if two routes are equal or a template is malformed; the process must not start.
 */
export function buildRouter<R extends Route>(
  routes: Iterable<R>,
  lenient: readonly LenientRoutes<R>[] = [],
): Router<R> {
  const exactly = finder(routes, asItIs)
  const leniently = lenient.map(({ routes: those, spelling }): Find<R> => {
    const { anyCase, trailingSlash } = spelling
    // A route that ends with a slash does not accept a second one.
    const find = finder(
      trailingSlash ? those.filter(({ path }) => !path.endsWith('/')) : those,
      anyCase ? lowerCase : asItIs,
    )
    return (path) => find(trailingSlash && path.endsWith('/') ? path.slice(0, -1) : path)
  })

  const find: Find<R> = (path) => {
    const exact = exactly(path)
    if (exact !== undefined || path.length > pathLimitCharacters) return exact
    for (const one of leniently) {
      const found = one(path)
      if (found !== undefined) return found
    }
    return undefined
  }

  return {
    match(method, path) {
      const found = find(path)
      if (found === undefined) throw new RequestError('route_not_found', 'The path does not exist.')
      const bound = boundTo(found.node, method)
      if (bound === undefined) {
        throw new RequestError('method_not_allowed', 'The path does not support this method.', {
          headers: { allow: methodsOf(found.node).join(', ') },
        })
      }
      return { route: bound.route, params: decodeParams(bound.names, found.values) }
    },
    allowedMethods(path) {
      const found = find(path)
      return found === undefined ? [] : methodsOf(found.node)
    },
    routesAt(path) {
      return [...(find(path)?.node.methods.values() ?? [])].map(({ route }) => route)
    },
  }
}

/** Finds paths among some routes. @param fold Normalises literal segments. */
function finder<R extends Route>(routes: Iterable<R>, fold: Fold): Find<R> {
  const root = newNode<R>()
  const fixed = new Map<string, Node<R>>()
  for (const route of routes) bind(root, fixed, route, fold)
  return (path) => {
    const node = fixed.get(fold(path))
    if (node) return { node, values: [] }
    if (path.length > pathLimitCharacters || !path.startsWith('/')) return undefined
    return descend(root, path.split('/'), 1, [], fold)
  }
}

function bind<R extends Route>(root: Node<R>, fixed: Map<string, Node<R>>, route: R, fold: Fold): void {
  const refuse = (why: string): never => {
    throw new TypeError(`Route ${route.operationId} (${route.method} ${route.path}): ${why}`)
  }
  if (!route.path.startsWith('/')) refuse('its path does not start with a slash')
  const names: string[] = []
  let node = root
  for (const segment of route.path.split('/').slice(1)) {
    const name = template.exec(segment)?.[1]
    if (name !== undefined) {
      if (names.includes(name)) refuse('it has a parameter twice')
      names.push(name)
      node.parameter ??= newNode<R>()
      node = node.parameter
      continue
    }
    if (/[{}]/.test(segment)) refuse('a parameter must be a whole segment')
    const child = node.children.get(fold(segment)) ?? newNode<R>()
    node.children.set(fold(segment), child)
    node = child
  }
  if (node.methods.has(route.method)) refuse('another operation has this method and path')
  node.methods.set(route.method, { route, names })
  if (names.length === 0) fixed.set(fold(route.path), node)
}

/** A literal segment takes precedence over a parameter; if the rest does not match, the parameter is tried. */
function descend<R extends Route>(
  node: Node<R>,
  segments: readonly string[],
  at: number,
  values: readonly string[],
  fold: Fold,
): Found<R> | undefined {
  const segment = segments[at]
  if (segment === undefined) return node.methods.size > 0 ? { node, values } : undefined
  const child = node.children.get(fold(segment))
  const found = child && descend(child, segments, at + 1, values, fold)
  if (found || node.parameter === undefined || segment === '') return found
  return descend(node.parameter, segments, at + 1, [...values, segment], fold)
}

function boundTo<R extends Route>(node: Node<R>, method: string): Bound<R> | undefined {
  const bound = node.methods.get(method)
  if (bound || method !== 'HEAD') return bound
  const get = node.methods.get('GET')
  return get && !get.route.stateChanging ? get : undefined
}

function methodsOf<R extends Route>(node: Node<R>): string[] {
  const methods = [...node.methods.keys()]
  if (!methods.includes('HEAD') && boundTo(node, 'HEAD')) methods.push('HEAD')
  return methods.sort()
}

function decodeParams(names: readonly string[], values: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {}
  for (const [index, name] of names.entries()) {
    const value = decodePercent(values[index] as string)
    if (value === undefined || unsafeSegment.test(value)) {
      throw new RequestError('request_invalid', 'The path is not valid.')
    }
    params[name] = value
  }
  return params
}
