import { type ReactNode, useDeferredValue, useMemo, useState } from 'react'
import { t } from '../../language/messages.ts'
import type { List } from '../../state/list.ts'
import { useClearUrl, useUrlValue } from '../../state/url-state.ts'
import { Button } from '../button.tsx'
import { Icon } from '../icon.tsx'
import { Empty, ErrorNotice } from '../states.tsx'
import { type Column, type Filter, found, inOrder } from './columns.ts'
import { FilterSelect } from './filter-select.tsx'
import { Table } from './table.tsx'

interface ListTableProps<Row> {
  readonly label: string
  readonly list: List<Row>
  readonly columns: readonly Column<Row>[]
  readonly rowKey: (row: Row) => string
  readonly href?: (row: Row) => string | undefined
  readonly actions?: (row: Row) => ReactNode
  /** What a search looks in. */
  readonly textOf: (row: Row) => string
  readonly filters?: readonly Filter<Row>[]
  /** The order without a choice of the reader's; `-name` is descending. */
  readonly order?: string
  /** What may be done with all rows that are picked. */
  readonly bulk?: (rows: readonly Row[], done: () => void) => ReactNode
  readonly mayPick?: (row: Row) => boolean
  /** The page without any row. */
  readonly empty: ReactNode
}

const isShown = <Row,>(row: Row, filters: readonly Filter<Row>[], chosen: URLSearchParams): boolean =>
  filters.every(({ name, of }) => !chosen.has(name) || of(row) === chosen.get(name))

/** A list with search, filters and order, which are in the URL, and its four states. */
export function ListTable<Row>(props: ListTableProps<Row>): ReactNode {
  const { list, columns, filters = [], textOf, bulk, empty, ...table } = props
  const [search, setSearch] = useUrlValue('q')
  const clear = useClearUrl()
  const [order, setOrder] = useUrlValue('order', props.order ?? '')
  const [chosen, setChosen] = useFilters(filters)
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const soughtLater = useDeferredValue(search)
  const rows = useMemo(() => {
    const kept = list.items.filter((row) => isShown(row, filters, chosen))
    return inOrder(found(kept, soughtLater, textOf), columns, order)
  }, [list.items, filters, chosen, soughtLater, textOf, columns, order])

  if (list.error && list.items.length === 0) return <ErrorNotice error={list.error} onRetry={list.retry} />
  if (!list.isLoading && list.isComplete && list.items.length === 0) return empty
  const pickedRows = rows.filter((row) => picked.has(props.rowKey(row)))
  return (
    <>
      <div className="filters">
        <div className="find">
          <Icon name="search" />
          <input
            type="search"
            className="input"
            aria-label={t('table.search')}
            placeholder={t('table.search')}
            value={search}
            onChange={({ target }) => setSearch(target.value)}
          />
        </div>
        {filters.map((filter) => (
          <FilterSelect
            key={filter.name}
            {...filter}
            value={chosen.get(filter.name) ?? ''}
            onValue={(value) => setChosen(filter.name, value)}
          />
        ))}
        <span className="count" role="status">
          {list.isLoading ? '' : countOf(rows.length, list)}
        </span>
      </div>
      {list.error ? <ErrorNotice error={list.error} onRetry={list.retry} /> : null}
      {rows.length === 0 && !list.isLoading ? (
        <div className="table-card">
          <Empty
            icon="search"
            title={t('table.none_found')}
            actions={<Button onClick={clear}>{t('table.clear')}</Button>}
          >
            {t('table.none_found_lead')}
          </Empty>
        </div>
      ) : (
        <Table
          {...table}
          columns={columns}
          rows={rows}
          isLoading={list.isLoading}
          order={order}
          onOrder={setOrder}
          {...(bulk ? { picked, onPicked: setPicked } : {})}
        />
      )}
      {bulk && pickedRows.length > 0 && (
        <section className="bulk" aria-label={t('table.picked_actions')}>
          <span>{t('table.picked', { count: pickedRows.length })}</span>
          {bulk(pickedRows, () => setPicked(new Set()))}
        </section>
      )}
    </>
  )
}

const countOf = <Row,>(shown: number, { items, isComplete }: List<Row>): string => {
  if (!isComplete) return t('table.count_so_far', { count: shown })
  return shown === items.length
    ? t('table.count', { count: shown })
    : t('table.count_of', { count: shown, all: items.length })
}

/** The filters' values, by their names. */
function useFilters<Row>(filters: readonly Filter<Row>[]) {
  const [text, setText] = useUrlValue('filter')
  const chosen = useMemo(() => {
    const given = new URLSearchParams(text.replaceAll(',', '&').replaceAll(':', '='))
    const known = filters.filter(({ name, choices }) => choices.some(({ value }) => value === given.get(name)))
    return new URLSearchParams(known.map(({ name }) => [name, given.get(name) ?? '']))
  }, [text, filters])
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(chosen)
    if (value === '') next.delete(name)
    else next.set(name, value)
    setText([...next].map(([key, word]) => `${key}:${word}`).join(','))
  }
  return [chosen, set] as const
}
