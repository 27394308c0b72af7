interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly tags?: readonly string[] }>>>>
  readonly tags?: readonly { readonly name: string }[]
}

/** The contract as this server serves it: without the operations of dialects that are switched off. */
export function contractOf(document: object, isOff: (tag: string) => boolean): object {
  const { paths, tags } = document as Document
  const kept = Object.entries(paths).flatMap(([path, item]) => {
    const operations = Object.entries(item).filter(([, operation]) => !operation.tags?.some(isOff))
    return operations.length === 0 ? [] : [[path, Object.fromEntries(operations)] as const]
  })
  return { ...document, tags: tags?.filter(({ name }) => !isOff(name)), paths: Object.fromEntries(kept) }
}
