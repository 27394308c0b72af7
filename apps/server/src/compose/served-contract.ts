import { type Operation, operationsOf } from '@countersign/spec'

interface Document {
  readonly tags?: readonly { readonly name: string }[]
  readonly components?: { readonly securitySchemes?: Readonly<Record<string, unknown>> }
}

/**
 * The contract for an issuer with a path that a proxy strips: the operations are below that path.
 *
 * @param path Path of the issuer; empty if it has none.
 */
export function servedAt(path: string, document: object): object {
  if (path === '') return document
  const { servers = [] } = document as { readonly servers?: readonly object[] }
  return { ...document, servers: servers.map((server) => ({ ...server, url: path })) }
}

/**
 * The contract as this server serves it: without disabled operations, and without tags that have none left.
 *
 * @param schemesOff Security schemes that no operation accepts any more.
 */
export function contractOf(
  document: object,
  isOff: (operation: Operation) => boolean,
  schemesOff: ReadonlySet<string> = new Set(),
): object {
  const { tags, components } = document as Document
  const isOn = (scheme: string) => !schemesOff.has(scheme)
  const kept = operationsOf(document).filter((operation) => !isOff(operation))
  const paths: Record<string, Record<string, object>> = {}
  for (const { path, method, security, source } of kept) {
    const served = security ? { security: security.filter((one) => Object.keys(one).every(isOn)) } : {}
    paths[path] = { ...paths[path], [method.toLowerCase()]: { ...source, ...served } }
  }
  const used = new Set(kept.map(({ tag }) => tag))
  const schemes = Object.entries(components?.securitySchemes ?? {}).filter(([name]) => isOn(name))
  return {
    ...document,
    tags: tags?.filter(({ name }) => used.has(name)),
    paths,
    ...(components ? { components: { ...components, securitySchemes: Object.fromEntries(schemes) } } : {}),
  }
}
