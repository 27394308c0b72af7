/**
 * A recipe of `docs/recipes`, as data: each chapter is a numbered list of steps, and says which files they touch. What a step does is
 * said by its first words:
 *
 * - ``Create `FILE` `` with the block below it
 * - ``In `FILE`, before `LINE` `` or ``after `LINE` ``: add the block. LINE is how exactly one line begins, or the file's only such line
 * - ``In `FILE`, delete`` the lines of the block; without a block, those that an earlier recipe of the page added there
 * - ``Delete `FILE OR FOLDER` ``
 * - `Run` the block
 */
export interface Recipe {
  readonly title: string
  readonly steps: readonly Step[]
  /** The files that it says it touches, sorted. A folder stands for all that is in it, and ends with a slash. */
  readonly written: readonly string[]
  readonly generated: readonly string[]
}

export type Step =
  | { readonly does: 'create'; readonly path: string; readonly text: string }
  | {
      readonly does: 'insert'
      readonly path: string
      readonly where: 'before' | 'after'
      readonly line: string
      readonly text: string
    }
  | { readonly does: 'delete lines'; readonly path: string; readonly text: string }
  | { readonly does: 'delete'; readonly path: string }
  | { readonly does: 'run'; readonly commands: string }

/** The recipes of a page, by their titles. */
export function recipesOf(markdown: string): ReadonlyMap<string, Recipe> {
  const added: Step[] = []
  const chapters = markdown.split(/^## /m).slice(1)
  return new Map(
    chapters.map((chapter) => {
      const title = chapter.slice(0, chapter.indexOf('\n'))
      const items = [...chapter.matchAll(/^\d+\. .*\n(?:(?: {3}.*)?\n)*/gm)].map(([item]) => item)
      const steps = items.map((item) => stepOf(item.replace(/^\d+\. /, ''), added))
      added.push(...steps)
      return [title, { title, steps, written: pathsIn(chapter, 'Written'), generated: pathsIn(chapter, 'Generated') }]
    }),
  )
}

function stepOf(item: string, added: readonly Step[]): Step {
  const [prose = '', block] = item.split(/^ {3}```\w*\n/m)
  const text = block?.split(/^ {3}```$/m)[0]?.replaceAll(/^ {3}/gm, '')
  const [, does = '', path = '', where, line = ''] =
    /^(Create|Delete|Run|In)\b ?(?:`([^`]+)`)?(?:, (delete|before|after)(?: `([^`]+)`)?)?/.exec(
      prose.replaceAll(/\s+/g, ' '),
    ) ?? []
  if (does === 'Delete' && path !== '') return { does: 'delete', path }
  if (does === 'In' && where === 'delete') {
    const inserted = added.find((step) => step.does === 'insert' && step.path === path) as { text: string } | undefined
    const lines = text ?? inserted?.text
    if (lines !== undefined) return { does: 'delete lines', path, text: lines }
  }
  if (text !== undefined && does === 'Run') return { does: 'run', commands: text }
  if (text !== undefined && does === 'Create') return { does: 'create', path, text }
  if (text !== undefined && line !== '' && (where === 'before' || where === 'after')) {
    return { does: 'insert', path, where, line, text }
  }
  throw new Error(`not a step of a recipe: ${prose}`)
}

const pathsIn = (text: string, name: string): readonly string[] => {
  const [, list = ''] = new RegExp(`^${name}: ([\\s\\S]*?)\\.$`, 'm').exec(text) ?? []
  return [...list.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path).sort()
}
