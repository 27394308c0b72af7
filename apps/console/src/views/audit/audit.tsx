import { type ReactNode, useCallback, useMemo } from 'react'
import { type AuditEvent, type AuditQuery, useAudit } from '../../audit/read.ts'
import { actions, wordsOf } from '../../audit/words.ts'
import { t } from '../../language/messages.ts'
import { Button } from '../../parts/button.tsx'
import { Page } from '../../parts/page.tsx'
import { Empty, ErrorNotice } from '../../parts/states.tsx'
import { FilterSelect } from '../../parts/table/filter-select.tsx'
import { Table } from '../../parts/table/table.tsx'
import { useClearUrl, useUrlValue } from '../../state/url-state.ts'
import { useNames, useUsers } from '../../subjects/names.tsx'
import { columnsOfEvents } from './columns.tsx'
import { useAtEnd } from './use-at-end.ts'

const spans = { day: 86_400, week: 604_800, month: 2_592_000 } as const

const isSpan = (value: string): value is keyof typeof spans => value in spans

/** The start of the span, to the minute: so that the same span is the same question. */
const startOf = (span: string): number | undefined =>
  isSpan(span) ? Math.floor(Date.now() / 60_000) * 60 - spans[span] : undefined

/** What happened, newest first; the filters are asked of the server. */
export function Audit(): ReactNode {
  const [action, setAction] = useUrlValue('action')
  const [subject, setSubject] = useUrlValue('subject')
  const [span, setSpan] = useUrlValue('span')
  const clear = useClearUrl()
  const query = useMemo<AuditQuery>(() => {
    const from = startOf(span)
    return { ...(action && { action }), ...(subject && { subject }), ...(from === undefined ? {} : { from }) }
  }, [action, subject, span])
  const list = useAudit(query, false)
  const nameOf = useNames()
  const { items: users } = useUsers()
  const columns = useMemo(() => columnsOfEvents(nameOf), [nameOf])
  const end = useAtEnd(list.more)
  const ordered = useMemo(() => list.items.toSorted((a, b) => b.sequence - a.sequence), [list.items])
  const isEmpty = !list.isLoading && !list.error && list.items.length === 0
  const rowKey = useCallback(({ sequence }: AuditEvent) => `${sequence}`, [])
  return (
    <Page title={t('audit.title')} lead={t('audit.lead')}>
      <div className="filters">
        <FilterSelect
          label={t('audit.action')}
          value={action}
          onValue={setAction}
          choices={actions.map((value) => ({ value, label: wordsOf(value) }))}
        />
        <FilterSelect
          label={t('audit.about')}
          value={subject}
          onValue={setSubject}
          choices={users.map(({ id, username }) => ({ value: id, label: username }))}
        />
        <FilterSelect
          label={t('audit.when')}
          value={span}
          onValue={setSpan}
          choices={(['day', 'week', 'month'] as const).map((value) => ({ value, label: t(`audit.${value}`) }))}
        />
        <span className="count" role="status">
          {list.isLoading
            ? ''
            : list.error && list.items.length === 0
              ? ''
              : t(list.isComplete ? 'table.count' : 'table.count_so_far', { count: list.items.length })}
        </span>
      </div>
      {list.error ? <ErrorNotice error={list.error} onRetry={list.retry} /> : null}
      {list.error && list.items.length === 0 ? null : isEmpty ? (
        <div className="table-card">
          <Empty
            icon="audit"
            title={t('table.none_found')}
            actions={<Button onClick={clear}>{t('table.clear')}</Button>}
          >
            {t('audit.empty_lead')}
          </Empty>
        </div>
      ) : (
        <Table
          label={t('audit.title')}
          columns={columns}
          rows={ordered}
          rowKey={rowKey}
          href={({ authorization_id: id }) => (id === undefined ? undefined : `/all-tokens/${id}`)}
          order=""
          onOrder={() => undefined}
          isLoading={list.isLoading}
        />
      )}
      <div ref={end} />
    </Page>
  )
}
