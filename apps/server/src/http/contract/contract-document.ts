// The parts of an OpenAPI document that the server reads itself. It is the bundled contract: all references are local.

/** A schema, parameter, request body or reference of the document. */
export interface Schema {
  readonly [keyword: string]: unknown
}

export interface ContractOperation {
  readonly operationId?: string
  readonly parameters?: readonly Schema[]
  readonly requestBody?: Schema | null
  readonly [keyword: string]: unknown
}

export interface ContractDocument {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, ContractOperation>>>>
  readonly components?: Readonly<Record<string, unknown>>
}

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])

/**
 * Follows local references (RFC 6901 fragments).
 *
 * @throws TypeError for a reference without a target, or to another document.
 */
export function resolveReference(document: ContractDocument, node: Schema): Schema {
  let current = node
  for (let hops = 0; typeof current.$ref === 'string'; hops++) {
    const reference = current.$ref
    let target: unknown = document
    for (const part of reference.split('/').slice(1)) {
      const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
      target = typeof target === 'object' && target !== null ? (target as Schema)[name] : undefined
    }
    if (!reference.startsWith('#/') || typeof target !== 'object' || target === null || hops > 16) {
      throw new TypeError(`The contract refers to ${reference}, which does not exist.`)
    }
    current = target as Schema
  }
  return current
}

/** All operations of a document, with the method in upper case. */
export function* operationsOf(
  document: ContractDocument,
): Generator<{ path: string; method: string; operation: ContractOperation }> {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [key, operation] of Object.entries(item)) {
      if (methods.has(key)) yield { path, method: key.toUpperCase(), operation }
    }
  }
}

/** Every name under `properties` that a schema reaches through references, combinations and items. */
export function memberNames(document: ContractDocument, schema: Schema, deep = true): Set<string> {
  const names = new Set<string>()
  const seen = new Set<Schema>()
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const found = resolveReference(document, node as Schema)
    if (seen.has(found)) return
    seen.add(found)
    for (const [name, member] of Object.entries((found.properties as Schema | undefined) ?? {})) {
      names.add(name)
      if (deep) visit(member)
    }
    for (const list of [found.allOf, found.oneOf, found.anyOf]) {
      if (Array.isArray(list)) list.forEach(visit)
    }
    if (deep) visit(found.items)
  }
  visit(schema)
  return names
}

/** The document without responses, with only the components that requests refer to. */
export function requestsOnly(document: ContractDocument): ContractDocument {
  const request = (key: string, part: ContractOperation) => (methods.has(key) ? { ...part, responses: {} } : part)
  const paths = Object.fromEntries(
    Object.entries(document.paths).map(([path, item]) => [
      path,
      Object.fromEntries(Object.entries(item).map(([key, part]) => [key, request(key, part)])),
    ]),
  )
  return { ...document, paths, components: reachableComponents(document, paths) }
}

/** The components that a part of the document refers to, directly or indirectly. */
export function reachableComponents(
  document: ContractDocument,
  part: unknown,
): Record<string, Record<string, unknown>> {
  const found: Record<string, Record<string, unknown>> = {}
  const seen = new Set<string>()
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { $ref } = node as Schema
    if (typeof $ref === 'string' && !seen.has($ref)) {
      seen.add($ref)
      const target = resolveReference(document, { $ref })
      const [, , kind = '', name = ''] = $ref.split('/')
      found[kind] = { ...found[kind], [name]: target }
      visit(target)
    }
    Object.values(node).forEach(visit)
  }
  visit(part)
  return found
}
