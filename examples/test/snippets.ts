// Extracts code blocks from documents, with the output that the documents show for them.

/** A fenced block that a reader may copy. */
export interface Snippet {
  readonly language: 'sh' | 'ts'
  readonly code: string
  /** Line of the opening fence, from 1. */
  readonly line: number
  /** Reason from `<!-- not executed: why -->` before it, or the test from `<!-- executed by … -->`. */
  readonly notExecuted: string | undefined
  /** `<!-- on an empty data folder -->` before it: not run on the server's data folder. */
  readonly onEmptyData: boolean
  /** `<!-- on a copy of the data folder -->` before it: no server has this folder open. */
  readonly onCopy: boolean
  /**
   * `<!-- on a copy of the data folder, until it serves -->` before it: starts a server, which is stopped once it
   * listens.
   */
  readonly untilItServes: boolean
  /** `<!-- continues the program above -->` before it. */
  readonly continues: boolean
  /** The block of json or text directly below it: the expected output. */
  readonly prints: { readonly language: string; readonly text: string } | undefined
}

interface Fence {
  readonly language: string
  readonly code: string
  readonly first: number
  readonly last: number
}

function fences(lines: readonly string[]): Fence[] {
  const found: Fence[] = []
  for (let at = 0; at < lines.length; at++) {
    const language = /^```(\w*)$/.exec(lines[at] ?? '')?.[1]
    if (language === undefined) continue
    const end = lines.indexOf('```', at + 1)
    if (end < 0) throw new Error(`the block of line ${at + 1} has no end`)
    found.push({ language, code: lines.slice(at + 1, end).join('\n'), first: at, last: end })
    at = end
  }
  return found
}

/** All sh and ts blocks of a Markdown text, in order. */
export function snippetsOf(markdown: string): Snippet[] {
  const lines = markdown.split('\n')
  const all = fences(lines)
  return all.flatMap((fence, index) => {
    const { language } = fence
    if (language !== 'sh' && language !== 'ts') return []
    const remark = /^<!-- (.*) -->$/.exec(lines[fence.first - 1] ?? '')?.[1] ?? ''
    const after = (prefix: string) => (remark.startsWith(prefix) ? remark.slice(prefix.length) : undefined)
    const below = all[index + 1]
    const isOutput = below?.first === fence.last + 2 && ['json', 'text'].includes(below.language)
    return {
      language,
      code: fence.code,
      line: fence.first + 1,
      notExecuted: after('not executed: ') ?? after('executed by '),
      onEmptyData: remark === 'on an empty data folder',
      onCopy: /^on a copy of the data folder(, until it serves)?$/.test(remark),
      untilItServes: remark.endsWith(', until it serves'),
      continues: remark === 'continues the program above',
      prints: isOutput ? { language: below.language, text: below.code } : undefined,
    }
  })
}

/**
 * Compares JSON with its form in a document. Members, types and values must match. But `…` in a string matches any
 * text, times match any time, and a long duration may be some seconds shorter.
 *
 * @returns Where they differ, or `undefined`.
 */
export function difference(actual: unknown, shown: unknown, at = ''): string | undefined {
  if (typeof shown === 'string' && typeof actual === 'string') {
    const parts = shown.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${parts.join('.+')}$`).test(actual) ? undefined : `${at}: ${actual} is not ${shown}`
  }
  if (typeof shown === 'number' && typeof actual === 'number') {
    const bothTimes = shown > 1e9 && actual > 1e9
    const secondsAgo = shown > 1e6 && Math.abs(shown - actual) < 60
    return bothTimes || secondsAgo || shown === actual ? undefined : `${at}: ${actual} is not ${shown}`
  }
  if (isObject(shown) && isObject(actual)) {
    const names = new Set([...Object.keys(shown), ...Object.keys(actual)])
    for (const name of names) {
      const found = difference(actual[name], shown[name], `${at}/${name}`)
      if (found !== undefined) return found
    }
    return undefined
  }
  return shown === actual ? undefined : `${at}: ${JSON.stringify(actual)} is not ${JSON.stringify(shown)}`
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Joins blocks into programs: imports first, each name once. */
export function programsOf(snippets: readonly Snippet[]): { readonly line: number; readonly code: string }[] {
  const programs: { line: number; blocks: string[] }[] = []
  for (const { code, line, continues } of snippets) {
    const previous = programs.at(-1)
    if (!continues) programs.push({ line, blocks: [code] })
    else if (previous) previous.blocks.push(code)
    else throw new Error(`line ${line}: there is no block above`)
  }
  return programs.map(({ line, blocks }) => ({ line, code: hoistImports(blocks.join('\n')) }))
}

function hoistImports(code: string): string {
  const names = new Map<string, Set<string>>()
  const rest = code.replaceAll(/^import \{ (.*?) \} from '(.*?)'\n/gm, (_whole, list: string, from: string) => {
    const known = names.get(from) ?? new Set()
    for (const name of list.split(', ')) known.add(name)
    names.set(from, known)
    return ''
  })
  const imports = [...names].map(([from, known]) => `import { ${[...known].join(', ')} } from '${from}'`)
  return `${imports.join('\n')}\n${rest}\nexport {}\n`
}
