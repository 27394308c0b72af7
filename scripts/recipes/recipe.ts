/**
 * A recipe of `docs/recipes`, as data: each chapter is a numbered list of steps, and says which files they touch. What a step does is
 * said by its first words:
 *
 * - ``Create `FILE` `` with the block below it
 * - ``In `FILE`, before `LINE` `` or ``after `LINE` ``: add the block. LINE is how exactly one line begins, or the file's only such line
 * - ``In `FILE`, delete`` the lines of the block; without a block, those that an earlier recipe of the page added there
 * - ``In `FILE`, replace `TEXT` by `OTHER TEXT` `` or by `nothing`: the file has TEXT once
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
  | { readonly does: 'replace'; readonly path: string; readonly text: string; readonly by: string }
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

/** Code in a sentence: between single backticks, or between double ones that leave a space. */
const code = '(?:`` (.+?) ``|`([^`]+)`)'
const forms = {
  delete: new RegExp(`^Delete ${code}`),
  create: new RegExp(`^Create ${code}`),
  replace: new RegExp(`^In ${code}, replace ${code} by (?:nothing|${code})`),
  deleteLines: new RegExp(`^In ${code}, delete`),
  insert: new RegExp(`^In ${code}, (before|after) ${code}`),
  run: /^Run/,
}

function stepOf(item: string, added: readonly Step[]): Step {
  const [first = '', block] = item.split(/^ {3}```\w*\n/m)
  const prose = first.replaceAll(/\s+/g, ' ')
  const text = block?.split(/^ {3}```$/m)[0]?.replaceAll(/^ {3}/gm, '')
  const parts = (form: RegExp) =>
    form
      .exec(prose)
      ?.slice(1)
      .filter((part) => part !== undefined)
  const [deleted] = parts(forms.delete) ?? []
  if (deleted !== undefined) return { does: 'delete', path: deleted }
  const [changed, old, by = ''] = parts(forms.replace) ?? []
  if (changed !== undefined && old !== undefined) return { does: 'replace', path: changed, text: old, by }
  const [shortened] = parts(forms.deleteLines) ?? []
  if (shortened !== undefined) {
    const inserted = added.find((step) => step.does === 'insert' && step.path === shortened) as Inserted | undefined
    const lines = text ?? inserted?.text
    if (lines !== undefined) return { does: 'delete lines', path: shortened, text: lines }
  }
  const [created] = parts(forms.create) ?? []
  if (created !== undefined && text !== undefined) return { does: 'create', path: created, text }
  const [path, where, line] = parts(forms.insert) ?? []
  if (path !== undefined && line !== undefined && text !== undefined) {
    return { does: 'insert', path, where: where === 'before' ? where : 'after', line, text }
  }
  if (forms.run.test(prose) && text !== undefined) return { does: 'run', commands: text }
  throw new Error(`not a step of a recipe: ${prose}`)
}

type Inserted = Step & { readonly does: 'insert' }

const pathsIn = (text: string, name: string): readonly string[] => {
  const [, list = ''] = new RegExp(`^${name}: ([\\s\\S]*?)\\.$`, 'm').exec(text) ?? []
  return [...list.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path).sort()
}
