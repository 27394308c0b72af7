interface Operation {
  readonly operationId: string
  readonly security?: readonly object[]
  readonly tags: readonly string[]
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
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
  const { paths, tags, components } = document as Document
  const isOn = (scheme: string) => !schemesOff.has(scheme)
  const served = (operation: Operation): Operation => ({
    ...operation,
    ...(operation.security ? { security: operation.security.filter((one) => Object.keys(one).every(isOn)) } : {}),
  })
  const kept = Object.entries(paths).flatMap(([path, item]) => {
    const operations = Object.entries(item)
      .filter(([, operation]) => !isOff(operation))
      .map(([method, operation]) => [method, served(operation)] as const)
    return operations.length === 0 ? [] : [[path, Object.fromEntries(operations)] as const]
  })
  const used = new Set(kept.flatMap(([, item]) => Object.values(item).flatMap((operation) => operation.tags)))
  const schemes = Object.entries(components?.securitySchemes ?? {}).filter(([name]) => isOn(name))
  return {
    ...document,
    tags: tags?.filter(({ name }) => used.has(name)),
    paths: Object.fromEntries(kept),
    ...(components ? { components: { ...components, securitySchemes: Object.fromEntries(schemes) } } : {}),
  }
}
