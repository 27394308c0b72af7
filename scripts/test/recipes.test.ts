// The recipes of docs/recipes, each executed in a copy of the repository as it is printed.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { stubsObstacle } from '../generate/stubs.ts'
import { type Recipe, recipesOf } from '../recipes/recipe.ts'
import { ScratchCopy, touched } from '../recipes/scratch-copy.ts'

const repository = resolve(import.meta.dirname, '../..')
const recipes = (page: string) => recipesOf(readFileSync(join(repository, 'docs/recipes', page), 'utf8'))
const obstacle = await stubsObstacle(repository)
const patient = { timeout: 600_000 }

/** Follows a recipe, and returns which files it touched. */
async function follow(copy: ScratchCopy, recipe: Recipe | undefined): Promise<readonly string[]> {
  const before = copy.state()
  for (const step of recipe?.steps ?? []) await copy.apply(step)
  return touched(before, copy.state())
}

const stated = ({ written = [], generated = [] }: Partial<Recipe> = {}) => [...written, ...generated].sort()

const needGenerator = (context: TestContext) =>
  context.skip(obstacle !== undefined, `the server's stubs cannot be made here: ${obstacle}`)

describe('an operation', () => {
  const page = recipes('operation.md')
  const [add, remove] = [page.get('Add an operation'), page.get('Remove an operation')]
  let copy: ScratchCopy
  beforeAll(() => {
    copy = new ScratchCopy(repository)
    return () => copy[Symbol.dispose]()
  })

  it('is added with three written and three generated files, and removed without a trace', patient, async (context) => {
    needGenerator(context)
    const before = copy.state()
    expect(await follow(copy, add)).toEqual(stated(add))
    expect([add?.written.length, add?.generated.length]).toEqual([3, 3])
    expect(await follow(copy, remove)).toEqual(stated(remove))
    expect(touched(before, copy.state())).toEqual([])
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
