/** Rows that were asked for with a limit of one more than fit on the page: that one tells whether another page follows. */
export const pageOf = <T extends { readonly id: string }>(found: readonly T[], limit: number) => {
  const rows = found.slice(0, limit)
  return { rows, next: found.length > limit ? rows.at(-1)?.id : undefined }
}
