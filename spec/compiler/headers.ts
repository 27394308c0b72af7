// The header names that cross-origin answers need of each operation.
import type { CompiledContract, CompiledOperation } from '../reader/compiled.ts'
import { type Operation, operationsOf, resolveReference } from '../reader/operations.ts'
import { notParameters } from './parameters.ts'

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

/** The names of an operation's headers. */
export const headersOf = (operation: Operation): CompiledOperation['headers'] => ({
  request: requestHeadersOf(operation),
  response: [...new Set([...operation.responses.values()].flatMap(({ headers }) => Object.keys(headers)))].sort(),
  forwarded: operation.parameters.some(({ name }) => name === 'X-Forwarded-Method'),
})

function requestHeadersOf({ parameters, body, access }: Operation): string[] {
  const names = new Set([everyRequest])
  for (const { name, in: location } of parameters) {
    if (location === 'header' && !notParameters.has(name.toLowerCase())) names.add(name)
  }
  if (Object.keys(body).length > 0) names.add('Content-Type')
  // The client's id and secret may be sent by HTTP Basic; the contract has no scheme for it.
  if (access.presented === 'client') names.add('Authorization')
  return [...names].sort()
}

/** The header of each security scheme. A cookie has none here: no page of another origin may use it. */
export function schemeHeadersOf(document: object): CompiledContract['schemeHeaders'] {
  const used = new Set(operationsOf(document).flatMap(({ security = [] }) => security.flatMap(Object.keys)))
  const { components } = document as Document
  const found: Record<string, string> = {}
  for (const scheme of [...used].sort()) {
    const {
      type,
      in: location,
      name,
    } = resolveReference(document, components?.securitySchemes?.[scheme] ?? {}) as SecurityScheme
    if (type === 'http') found[scheme] = 'Authorization'
    else if (location === 'header' && name !== undefined) found[scheme] = name
  }
  return found
}
