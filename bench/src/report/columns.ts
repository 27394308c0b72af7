/** Aligns cells of text: the columns in `left` to the left, the others to the right. The first row decides their number. */
export function columns(rows: readonly (readonly string[])[], left: readonly number[] = [0]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, at) => (left.includes(at) ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** Mebibytes; a dash where the system does not report them. */
export const megabytes = (bytes: number | null): string =>
  bytes === null ? '–' : `${(bytes / 1024 / 1024).toFixed(0)} MiB`
