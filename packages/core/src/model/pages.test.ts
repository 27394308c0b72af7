import { describe, expect, it } from 'vitest'
import { pagesOf } from './pages.ts'

const pages = [
  { items: [1, 2], next: 'b' },
  { items: [], next: 'c' },
  { items: [3], next: undefined },
]

/** A list of these pages, and the positions that were asked for. */
function listOf(all: typeof pages) {
  const asked: (string | undefined)[] = []
  const list = async (after: string | undefined) => {
    asked.push(after)
    const page = all[asked.length - 1]
    if (page === undefined) throw new Error('the list was read past its last page')
    return page
  }
  return { list, asked }
}

describe('the pages of a list', () => {
  it('are read one after another, each from the end of the one before, to the last', async () => {
    const { list, asked } = listOf(pages)
    const items: number[] = []
    for await (const page of pagesOf(list)) items.push(...page.items)
    expect(items).toEqual([1, 2, 3])
    expect(asked).toEqual([undefined, 'b', 'c'])
  })

  it('are one where there is no next', async () => {
    const { list, asked } = listOf(pages.slice(2))
    for await (const page of pagesOf(list)) expect(page.items).toEqual([3])
    expect(asked).toEqual([undefined])
  })

  it('are read no further than they are wanted', async () => {
    const { list, asked } = listOf(pages)
    for await (const _ of pagesOf(list)) break
    expect(asked).toEqual([undefined])
  })
})
