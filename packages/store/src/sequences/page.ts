/** Makes a page of rows that were read with a limit of one more than fit on it. The extra row shows that another page follows. */
export const pageOf = <T extends { readonly id: string }>(found: readonly T[], limit: number) => {
  const rows = found.slice(0, limit)
  return { rows, next: found.length > limit ? rows.at(-1)?.id : undefined }
}
