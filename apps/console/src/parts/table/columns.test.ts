import { describe, expect, it } from 'vitest'
import { type Column, found, inOrder } from './columns.ts'

interface Row {
  readonly name: string
  readonly used: number | null
}

const rows: readonly Row[] = [
  { name: 'beta', used: 2 },
  { name: 'Álpha', used: null },
  { name: 'gamma', used: 10 },
]
const columns: readonly Column<Row>[] = [
  { id: 'name', title: '', cell: () => null, order: ({ name }) => name },
  { id: 'used', title: '', cell: () => null, order: ({ used }) => used },
  { id: 'plain', title: '', cell: () => null },
]
const names = (sorted: readonly Row[]) => sorted.map(({ name }) => name)

describe('the order of rows', () => {
  it('follows words as a reader does, and numbers as numbers', () => {
    expect(names(inOrder(rows, columns, 'name'))).toEqual(['Álpha', 'beta', 'gamma'])
    expect(names(inOrder(rows, columns, '-name'))).toEqual(['gamma', 'beta', 'Álpha'])
  })

  it('has what has no value last, in both directions', () => {
    expect(names(inOrder(rows, columns, 'used'))).toEqual(['beta', 'gamma', 'Álpha'])
    expect(names(inOrder(rows, columns, '-used'))).toEqual(['gamma', 'beta', 'Álpha'])
  })

  it('stays as it is for a column without order, and for an address that names none', () => {
    expect(inOrder(rows, columns, 'plain')).toBe(rows)
    expect(inOrder(rows, columns, '-nothing')).toBe(rows)
  })
})

describe('a search', () => {
  it('finds the rows with every word, in any case', () => {
    expect(names(found(rows, ' GAM ma ', ({ name }) => name))).toEqual(['gamma'])
    expect(names(found(rows, 'gam beta', ({ name }) => name))).toEqual([])
    expect(found(rows, '  ', ({ name }) => name)).toBe(rows)
  })
})
