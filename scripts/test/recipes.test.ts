// The recipes of docs/recipes, each executed in a copy of the repository as it is printed.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { dialects } from '../../apps/server/src/dialects/registry.ts'
import { stubsObstacle } from '../generate/stubs.ts'
import { type Recipe, recipesOf } from '../recipes/recipe.ts'
import { ScratchCopy, touched } from '../recipes/scratch-copy.ts'

const repository = resolve(import.meta.dirname, '../..')
const pages = ['operation', 'dialect', 'error-code'].map((name) =>
  recipesOf(readFileSync(join(repository, `docs/recipes/${name}.md`), 'utf8')),
)
const recipe = (title: string): Recipe => {
  const found = pages.map((page) => page.get(title)).find((one) => one !== undefined)
  if (!found) throw new Error(`there is no recipe: ${title}`)
  return found
}
const examples = ['operation', 'dialect', 'error code'].map((what) => ({
  what,
  add: recipe(`Add an ${what}`.replace('an d', 'a d')),
  remove: recipe(`Remove an ${what}`.replace('an d', 'a d')),
}))

const obstacle = await stubsObstacle(repository)
/** As `pnpm campaign recipes` runs it: each recipe by itself, in a copy of its own. */
const whole = process.env.COUNTERSIGN_WHOLE === 'recipes'
const patient = { timeout: 900_000 }

/**
 * Follows recipes in a copy: their changes first, then each command once.
 *
 * @returns The files that they touched.
 */
async function follow(copy: ScratchCopy, ...given: readonly Recipe[]): Promise<readonly string[]> {
  const before = copy.state()
  const steps = given.flatMap((one) => one.steps)
  for (const step of steps) if (step.does !== 'run') await copy.apply(step)
  const commands = steps.flatMap((step) => (step.does === 'run' ? step.commands.trim().split('\n') : []))
  for (const command of new Set(commands)) await copy.run(command)
  return touched(before, copy.state())
}

/** The files that recipes say they touch; a folder stands for those that were touched in it. */
function stated(found: readonly string[], ...given: readonly Recipe[]): readonly string[] {
  const paths = given.flatMap(({ written, generated }) => [...written, ...generated])
  const files = paths.flatMap((path) => (path.endsWith('/') ? found.filter((file) => file.startsWith(path)) : [path]))
  return [...new Set(files)].sort()
}

/** The recipe that removes Lyve, for another dialect. The last one of the list has its comma before it. */
function removing(name: string, isLast: boolean): Recipe {
  const text = JSON.stringify(recipe('Remove a dialect')).replaceAll('lyve', name)
  return JSON.parse(isLast ? text.replace(`"${name}, "`, `", ${name}"`) : text)
}
const removals = (dialects as readonly { readonly name: string }[]).map(({ name }, at) => ({
  name,
  remove: removing(name, at === dialects.length - 1),
}))

const needGenerator = (context: TestContext) =>
  context.skip(obstacle !== undefined, `the server's stubs cannot be made here: ${obstacle}`)

describe('the recipes', () => {
  it('touch few files', () => {
    const counts = examples.map(({ add }) => [add.written.length, add.generated.length])
    expect(counts).toEqual([
      [3, 4],
      [3, 7],
      [3, 3],
    ])
    for (const { add, remove } of examples) expect(remove.written.length).toBe(add.written.length)
  })

  // All at once, so that the generator and the compiler run once: the campaign takes the time to follow each alone.
  it.skipIf(whole)('are true together, and what one adds the other removes', patient, async (context) => {
    needGenerator(context)
    using copy = new ScratchCopy(repository)
    const before = copy.state()
    const [, removal] = removals.map(({ remove }) => remove)
    if (!removal) throw new Error('there is no dialect to remove')
    const adding = examples.map(({ add }) => add)
    const found = await follow(copy, ...adding, removal)
    expect(found).toEqual(stated(found, ...adding, removal))
    for (const { remove } of examples.filter(({ what }) => what !== 'dialect')) {
      for (const step of remove.steps) if (step.does !== 'run') await copy.apply(step)
    }
    await copy.apply({ does: 'delete', path: 'apps/server/src/dialects/parley' })
    await copy.apply({ does: 'delete', path: 'spec/dialects/parley.yaml' })
    await copy.run("sed -i -e '/parley/{/import/d}' -e 's/, parley//' apps/server/src/dialects/registry.ts")
    const left = touched(before, copy.state()).filter((file) => !stated(found, removal).includes(file))
    expect(left).toEqual([])
  })

  it.runIf(whole).each(examples)('add an $what, and remove it without a trace', patient, async ({ add, remove }) => {
    using copy = new ScratchCopy(repository)
    const before = copy.state()
    const found = await follow(copy, add)
    expect(found).toEqual(stated(found, add))
    if (remove.title === 'Remove a dialect') return
    const undone = await follow(copy, remove)
    expect(undone).toEqual(stated(undone, remove))
    expect(touched(before, copy.state())).toEqual([])
  })

  it.runIf(whole).each(removals)('remove the dialect $name', patient, async ({ remove }) => {
    using copy = new ScratchCopy(repository)
    const found = await follow(copy, remove)
    expect(found).toEqual(stated(found, remove))
  })
})

describe('a recipe as data', () => {
  it('is what the page says', () => {
    const text = [
      '# A page',
      '## Do it',
      'Words.',
      '1. Create `a.ts`, which says it:',
      '',
      '   ```ts',
      '   export {}',
      '     // indented',
      '   ```',
      '',
      '2. In `b.ts`, before `const x`,',
      '   a line.',
      '',
      '   ```ts',
      '   y()',
      '   ```',
      '',
      '3. In `b.ts`, delete',
      '   this:',
      '   ```ts',
      '   z()',
      '   ```',
      '4. Delete `c/`.',
      '5. Run it.',
      '   ```sh',
      '   true',
      '   ```',
      '',
      'Written: `b.ts`,',
      '`a.ts`. Generated: none.',
      '## Undo it',
      '1. In `b.ts`, delete it.',
      '',
    ].join('\n')
    const page = recipesOf(text)
    expect(page.get('Do it')).toEqual({
      title: 'Do it',
      steps: [
        { does: 'create', path: 'a.ts', text: 'export {}\n  // indented\n' },
        { does: 'insert', path: 'b.ts', where: 'before', line: 'const x', text: 'y()\n' },
        { does: 'delete lines', path: 'b.ts', text: 'z()\n' },
        { does: 'delete', path: 'c/' },
        { does: 'run', commands: 'true\n' },
      ],
      written: ['a.ts', 'b.ts'],
      generated: [],
    })
    expect(page.get('Undo it')?.steps).toEqual([{ does: 'delete lines', path: 'b.ts', text: 'y()\n' }])
  })

  it.each([
    '1. Think about `a.ts`.',
    '1. Create `a.ts`.',
    '1. In `a.ts`, delete it.',
    '1. In `a.ts`, before noon, go.',
  ])('is not made of %s', (step) => {
    expect(() => recipesOf(`## Do it\n${step}\n`)).toThrow('not a step of a recipe')
  })
})

describe('a step', () => {
  it('finds its place once, or fails', async () => {
    using copy = new ScratchCopy(join(repository, 'spec/bundler'))
    copy.write('a', 'one\n  two\n  two\nthree\n')
    const insert = { does: 'insert', path: 'a', where: 'after', text: 'new\n' } as const
    await copy.apply({ ...insert, line: 'three' })
    await copy.apply({ ...insert, line: 'one', where: 'before' })
    expect(copy.read('a')).toBe('new\none\n  two\n  two\nthree\nnew\n')
    await expect(copy.apply({ ...insert, line: 'two' })).rejects.toThrow('a has 2 lines')
    await expect(copy.apply({ ...insert, line: 'four' })).rejects.toThrow('a has 0 lines')
    await copy.apply({ does: 'delete lines', path: 'a', text: '  two\n  two\n' })
    expect(copy.read('a')).toBe('new\none\nthree\nnew\n')
    await expect(copy.apply({ does: 'delete lines', path: 'a', text: 'new\n' })).rejects.toThrow('a has 2 times')
    await expect(copy.apply({ does: 'run', commands: 'echo told; false' })).rejects.toThrow('told')
  })
})
