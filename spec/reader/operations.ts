/** Reads the operations of an OpenAPI 3.1 document: the one reader for the bundler, the lint, the generators, the server and tests. */

/** An object of the document, as it is written. */
export interface DocumentNode {
  readonly [member: string]: unknown
}

export interface MediaType {
  readonly schema: object
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

export interface Header {
  readonly required?: boolean
  readonly schema: { readonly type: string }
  readonly example?: unknown
}

export interface Parameter extends Header {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
}

export interface DocumentedResponse {
  /** `x-unread`: it answers a request that was not read, and has none of the usual headers. */
  readonly unread: boolean
  readonly headers: Readonly<Record<string, Header>>
  readonly content: Readonly<Record<string, MediaType>>
}

/** `x-access` (spec/README.md). */
export interface Access {
  readonly least: string
  readonly self: boolean
  readonly kinds?: readonly string[]
  readonly presented: string
  /** In a dialect: native tokens are accepted besides the dialect's own. Default is false. */
  readonly native?: boolean
  /** The scope with which a client's own token may call, whatever its role. Default: its role and `read` or `write` decide. */
  readonly clientScope?: string
  /** Tokens for APIs are accepted too. The operation itself checks audience and scope. Default is false. */
  readonly anyAudience?: boolean
}

/** An operation with its references followed. */
export interface Operation {
  readonly path: string
  /** In upper case. */
  readonly method: string
  /** Empty if it has none. */
  readonly operationId: string
  /** Its first tag; empty if it has none. */
  readonly tag: string
  readonly summary: string
  readonly description: string
  readonly deprecated: boolean
  /** Alternatives; `undefined` if it does not say. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[] | undefined
  readonly access: Access
  /** `x-effect` (spec/README.md). */
  readonly effects: readonly DocumentNode[]
  /** Those of its path come first. */
  readonly parameters: readonly Parameter[]
  /** Media types of its body; empty if it takes none. */
  readonly body: Readonly<Record<string, MediaType>>
  readonly bodyRequired: boolean
  readonly responses: ReadonlyMap<number, DocumentedResponse>
  /** The operation as it is written. */
  readonly source: DocumentNode
}

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])

/**
 * All operations of a document, in its order. A document that breaks the rules of the contract can be read too: what is missing is
 * empty. References are followed when a member is read.
 */
export const operationsOf = (document: object): readonly Operation[] =>
  Object.entries(node((document as DocumentNode).paths)).flatMap(([path, item]) =>
    Object.entries(node(item)).flatMap(([method, operation]) =>
      methods.has(method) && isNode(operation)
        ? [readOperation(document, path, method, operation, list(node(item).parameters))]
        : [],
    ),
  )

/**
 * Follows local references (RFC 6901 fragments); anything else comes back as it is.
 *
 * @throws TypeError The reference leads nowhere, out of the document, or through too many others.
 */
export const resolveReference = (document: object, reference: DocumentNode): DocumentNode => {
  let current = reference
  for (let hops = 0; typeof current.$ref === 'string'; hops++) {
    const pointer = current.$ref
    let target: unknown = document
    for (const part of pointer.split('/').slice(1)) {
      const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
      target = node(target)[name]
    }
    if (!pointer.startsWith('#/') || !isNode(target) || hops > 16) {
      throw new TypeError(`The contract refers to ${pointer}, which leads nowhere.`)
    }
    current = target
  }
  return current
}

/**
 * A copy of a part of the contract in which each `x-string-or-list` is the `oneOf` that it stands for: one item, or a list of them.
 * The contract itself has no such `oneOf`, since the code that some generators write for it does not compile.
 */
export const withStringOrList = <T>(part: T): T => {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy)
    if (!isNode(value)) return value
    const {
      'x-string-or-list': marked,
      items,
      minItems,
      maxItems,
      ...rest
    } = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copy(member)]))
    if (marked === true) return { ...rest, oneOf: [items, { type: 'array', items, minItems, maxItems }] }
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copy(member)]))
  }
  return copy(part) as T
}

const readOperation = (
  document: object,
  path: string,
  method: string,
  source: DocumentNode,
  ofPath: readonly unknown[],
): Operation => {
  const follow = (value: unknown) => resolveReference(document, node(value))
  return {
    path,
    method: method.toUpperCase(),
    operationId: text(source.operationId),
    tag: text(list(source.tags)[0]),
    summary: text(source.summary),
    description: text(source.description),
    deprecated: source.deprecated === true,
    security: Array.isArray(source.security) ? source.security : undefined,
    access: node(source['x-access']) as unknown as Access,
    effects: list(source['x-effect']).filter(isNode),
    get parameters() {
      return [...ofPath, ...list(source.parameters)].map((parameter) => follow(parameter) as unknown as Parameter)
    },
    get body() {
      return node(follow(source.requestBody).content) as Operation['body']
    },
    get bodyRequired() {
      return follow(source.requestBody).required === true
    },
    get responses() {
      const responses = Object.entries(node(source.responses))
      return new Map(responses.map(([status, response]) => [Number(status), readResponse(follow(response), follow)]))
    },
    source,
  }
}

const readResponse = (
  { headers, content, 'x-unread': unread }: DocumentNode,
  follow: (value: unknown) => DocumentNode,
): DocumentedResponse => ({
  unread: unread === true,
  headers: Object.fromEntries(
    Object.entries(node(headers)).map(([name, header]) => [name, follow(header) as unknown as Header]),
  ),
  content: node(content) as DocumentedResponse['content'],
})

const isNode = (value: unknown): value is DocumentNode =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
const node = (value: unknown): DocumentNode => (isNode(value) ? value : {})
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
