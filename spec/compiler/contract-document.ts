// The parts of the bundled contract that are compiled besides its operations. All references are local.

import { operationsOf, resolveReference } from '../reader/operations.ts'

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

/** The members of an object that may be a list: a schema of its own, or one of its alternatives. */
export function listMembers(document: ContractDocument, schema: Schema): readonly string[] {
  const mayBeList = (node: Schema): boolean => {
    const found = resolveReference(document, node)
    return found.type === 'array' || ((found.oneOf as readonly Schema[] | undefined) ?? []).some(mayBeList)
  }
  const { properties = {} } = resolveReference(document, schema)
  return Object.entries(properties as Readonly<Record<string, Schema>>)
    .filter(([, member]) => mayBeList(member))
    .map(([name]) => name)
}

/** The document without responses, with only the components that requests refer to. */
export function requestsOnly(document: ContractDocument): ContractDocument {
  const paths: Record<string, Readonly<Record<string, ContractOperation>>> = { ...document.paths }
  for (const { path, method, source } of operationsOf(document)) {
    paths[path] = { ...paths[path], [method.toLowerCase()]: { ...source, responses: {} } }
  }
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
