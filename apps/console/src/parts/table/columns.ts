import type { ReactNode } from 'react'
import type { Choice } from '../form/fields.tsx'

export interface Column<Row> {
  readonly id: string
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  /** What it is ordered by; absent: it has no order. */
  readonly order?: (row: Row) => string | number | null
  /** In CSS; absent: what is left. */
  readonly width?: string
  /** Whether it is left out where there is little room, the first of all where there is less than much; the row's own page has it. */
  readonly low?: boolean | 'first'
  /** Whether its text goes on in further lines. Only in lists that are short. */
  readonly wrap?: boolean
}

/** Shows the rows of one value. */
export interface Filter<Row> {
  readonly name: string
  readonly label: string
  readonly choices: readonly Choice[]
  readonly of: (row: Row) => string
}

/** The rows in an order as `name` or `-name`; what has no value is last in both. */
export function inOrder<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: string): readonly Row[] {
  const isDescending = order.startsWith('-')
  const of = columns.find(({ id }) => id === order.replace(/^-/, ''))?.order
  if (!of) return rows
  const sign = isDescending ? -1 : 1
  return rows.toSorted((a, b) => {
    const [first, second] = [of(a), of(b)]
    if (first === second) return 0
    if (first === null) return 1
    if (second === null) return -1
    if (typeof first === 'number' && typeof second === 'number') return sign * (first - second)
    return sign * String(first).localeCompare(String(second))
  })
}

/** The rows that have every word of the search in their text. */
export function found<Row>(rows: readonly Row[], search: string, textOf: (row: Row) => string): readonly Row[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter((row) => {
    const text = textOf(row).toLocaleLowerCase()
    return words.every((word) => text.includes(word))
  })
}
