import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useCallback, useLayoutEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { t } from '../../language/messages.ts'
import { Icon } from '../icon.tsx'
import { Bone } from '../states.tsx'
import type { Column } from './columns.ts'

/** Above it only the rows in sight are in the document. */
const fewRows = 120
const rowHeight = 41
const cardHeight = 190
const narrow = '(max-width: 860px)'

export interface TableProps<Row> {
  /** What the rows are, for screen readers. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  /** The page of a row; its first column leads there. */
  readonly href?: ((row: Row) => string | undefined) | undefined
  readonly actions?: ((row: Row) => ReactNode) | undefined
  readonly order: string
  readonly onOrder: (order: string) => void
  readonly picked?: ReadonlySet<string> | undefined
  readonly onPicked?: ((picked: ReadonlySet<string>) => void) | undefined
  /** Which rows can be picked. */
  readonly mayPick?: ((row: Row) => boolean) | undefined
  readonly isLoading?: boolean
}

export function Table<Row>(props: TableProps<Row>): ReactNode {
  const { label, columns, rows, rowKey, isLoading = false, onPicked, actions } = props
  const table = useRef<HTMLTableElement>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    setTop((table.current?.getBoundingClientRect().top ?? 0) + scrollY)
  }, [])
  const isLong = rows.length > fewRows
  const [areCards] = useState(() => matchMedia(narrow).matches)
  // The same functions at each rendering: otherwise the places of all rows are computed again.
  const keyOf = useRef(rowKey)
  const getItemKey = useCallback((index: number) => keyOf.current(rows[index] as Row), [rows])
  const estimateSize = useCallback(() => (areCards ? cardHeight : rowHeight), [areCards])
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    enabled: isLong,
    estimateSize,
    getItemKey,
    overscan: 12,
    scrollMargin: top,
  })
  const inSight = isLong ? virtualizer.getVirtualItems() : []
  const before = (inSight[0]?.start ?? top) - top
  const after = isLong ? virtualizer.getTotalSize() - ((inSight.at(-1)?.end ?? top) - top) : 0
  const shown = isLong ? inSight.map(({ index }) => index) : rows.map((_, index) => index)
  return (
    <div className="table-card">
      <table className="table" ref={table} aria-label={label} aria-rowcount={rows.length + 1} aria-busy={isLoading}>
        <Head {...props} />
        <tbody>
          {isLoading && <Bones columns={columns} isPicked={onPicked !== undefined} isActed={actions !== undefined} />}
          {before > 0 && <Spacer height={before} />}
          {shown.map((index) => {
            const row = rows[index]
            if (row === undefined) return null
            // Only cards have heights of their own.
            const measure = isLong && areCards ? virtualizer.measureElement : undefined
            return <OneRow key={rowKey(row)} {...props} row={row} index={index} measure={measure} />
          })}
          {after > 0 && <Spacer height={after} />}
        </tbody>
      </table>
    </div>
  )
}

const Spacer = ({ height }: { readonly height: number }): ReactNode => (
  <tr className="spacer" style={{ height }}>
    <td />
  </tr>
)

interface BonesProps<Row> {
  readonly columns: readonly Column<Row>[]
  readonly isPicked: boolean
  readonly isActed: boolean
}

/** The rows' places, while they are awaited. */
const Bones = <Row,>({ columns, isPicked, isActed }: BonesProps<Row>): ReactNode =>
  Array.from({ length: 6 }, (_, index) => (
    <tr className="data" key={index}>
      {isPicked && <td className="picking" data-bare="" />}
      {columns.map(({ id, title, low }, position) => (
        <td key={id} data-label={title} data-first={position === 0 || undefined} className={classOf(low)}>
          <Bone />
        </td>
      ))}
      {isActed && <td className="acting" data-bare="" />}
    </tr>
  ))

function Head<Row>(props: TableProps<Row>): ReactNode {
  const { columns, rows, rowKey, order, onOrder, picked, onPicked, mayPick = () => true, actions } = props
  const pickable = onPicked ? rows.filter(mayPick) : []
  const all = pickable.length > 0 && pickable.every((row) => picked?.has(rowKey(row)))
  return (
    <>
      <colgroup>
        {onPicked && <col style={{ width: 48 }} />}
        {columns.map(({ id, width, low }) => (
          <col key={id} style={{ width }} className={classOf(low)} />
        ))}
        {actions && <col className="slim" />}
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          {onPicked && (
            <th scope="col">
              <input
                type="checkbox"
                className="pick"
                aria-label={t('table.pick_all')}
                checked={all}
                disabled={pickable.length === 0}
                onChange={() => onPicked(new Set(all ? [] : pickable.map(rowKey)))}
              />
            </th>
          )}
          {columns.map((column) => (
            <HeadCell key={column.id} column={column} order={order} onOrder={onOrder} />
          ))}
          {actions && (
            <th scope="col">
              <span className="unseen">{t('table.actions')}</span>
            </th>
          )}
        </tr>
      </thead>
    </>
  )
}

const classOf = (low: boolean | 'first' | undefined): string | undefined =>
  low === 'first' ? 'low low-first' : low ? 'low' : undefined

interface HeadCellProps<Row> {
  readonly column: Column<Row>
  readonly order: string
  readonly onOrder: (order: string) => void
}

function HeadCell<Row>({ column, order, onOrder }: HeadCellProps<Row>): ReactNode {
  const { id, title, low } = column
  if (!column.order) {
    return (
      <th scope="col" className={classOf(low)}>
        {title}
      </th>
    )
  }
  const direction = order === id ? 'ascending' : order === `-${id}` ? 'descending' : undefined
  return (
    <th scope="col" aria-sort={direction ?? 'none'} className={classOf(low)}>
      <button type="button" className="sort" onClick={() => onOrder(direction === 'ascending' ? `-${id}` : id)}>
        {title}
        {direction && <Icon name={direction === 'ascending' ? 'up' : 'down'} />}
      </button>
    </th>
  )
}

interface OneRowProps<Row> extends TableProps<Row> {
  readonly row: Row
  readonly index: number
  readonly measure: ((element: Element | null) => void) | undefined
}

function OneRow<Row>(props: OneRowProps<Row>): ReactNode {
  const { columns, row, index, rowKey, href, actions, picked, onPicked, mayPick = () => true, measure } = props
  const key = rowKey(row)
  const to = href?.(row)
  const isPicked = picked?.has(key) ?? false
  const pick = () => {
    const next = new Set(picked)
    if (!next.delete(key)) next.add(key)
    onPicked?.(next)
  }
  return (
    <tr
      className="data"
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={isPicked || undefined}
    >
      {onPicked && (
        <td className="picking" data-bare="">
          {mayPick(row) && (
            <input type="checkbox" className="pick" aria-label={t('table.pick')} checked={isPicked} onChange={pick} />
          )}
        </td>
      )}
      {columns.map(({ id, title, cell, low, wrap }, position) => (
        <td
          key={id}
          data-label={title}
          data-first={position === 0 || undefined}
          data-wrap={wrap || undefined}
          className={classOf(low)}
        >
          {position === 0 && to !== undefined ? (
            <Link href={to} className="row-link">
              {cell(row)}
            </Link>
          ) : (
            cell(row)
          )}
        </td>
      ))}
      {actions && (
        <td data-bare="" className="acting">
          <div className="row-actions">{actions(row)}</div>
        </td>
      )}
    </tr>
  )
}
