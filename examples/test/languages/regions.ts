// Parts of the guards that docs/verify-in-your-language.md shows.

/** The text between `region: NAME` and `endregion`, without the indentation that all its lines share. @throws Error if there is none. */
export function regionOf(source: string, name: string): string {
  const lines = source.split('\n')
  const first = lines.findIndex((line) => new RegExp(`^\\s*(//|#) region: ${name}$`).test(line))
  const end = lines.findIndex((line, at) => at > first && /^\s*(\/\/|#) endregion$/.test(line))
  if (first < 0 || end < 0) throw new Error(`there is no region ${name}`)
  const inside = lines.slice(first + 1, end)
  const indentation = Math.min(...inside.filter((line) => line !== '').map((line) => line.search(/\S/)))
  return inside
    .map((line) => line.slice(indentation))
    .join('\n')
    .trim()
}

/** A block of a document that shows a region. */
export interface Shown {
  readonly path: string
  readonly region: string
  readonly code: string
}

/** Blocks with `<!-- executed by examples/test/languages.test.ts: REGION of PATH -->` above them. */
export function shownRegions(markdown: string): readonly Shown[] {
  const marked = /^<!-- executed by examples\/test\/languages\.test\.ts: (\w+) of (\S+) -->\n```\w+\n([\s\S]*?)\n```$/gm
  return [...markdown.matchAll(marked)].map(([, region = '', path = '', code = '']) => ({ path, region, code }))
}
