import { type ReactNode, useMemo } from 'react'
import { columnsOfAuthorizations, kindFilter, textOfAuthorization } from '../../authorizations/columns.tsx'
import { useAuthorizations } from '../../authorizations/read.ts'
import { Revoke } from '../../authorizations/revoke.tsx'
import { t } from '../../language/messages.ts'
import { Button } from '../../parts/button.tsx'
import { Page } from '../../parts/page.tsx'
import { Empty, Notice } from '../../parts/states.tsx'
import { ListTable } from '../../parts/table/list-table.tsx'
import type { Authorization } from '../../state/api.ts'
import { useUrlValue } from '../../state/url-state.ts'
import { SubjectLink } from '../../subjects/names.tsx'

const textOf = (row: Authorization): string => `${textOfAuthorization(row)} ${row.subject.name ?? ''}`

/** Everything live, of everybody; or of one user or client. */
export function AllTokens(): ReactNode {
  const [subject, setSubject] = useUrlValue('subject')
  const list = useAuthorizations(/^[0-9a-f]{22}$/.test(subject) ? { subject } : { all: true })
  const columns = useMemo(() => {
    const [name, kind, ...others] = columnsOfAuthorizations()
    const owner = {
      id: 'owner',
      title: t('authorization.owner'),
      cell: (row: Authorization) => <SubjectLink subject={row.subject} />,
      order: (row: Authorization) => row.subject.name ?? row.subject.id,
      width: '13%',
    }
    const rest = others.filter(({ id }) => id !== 'created')
    return [name, owner, kind && { ...kind, low: 'first' as const }, ...rest].filter((one) => one !== undefined)
  }, [])
  const filters = useMemo(() => [kindFilter()], [])
  return (
    <Page title={t('all_tokens.title')} lead={t('all_tokens.lead')}>
      <div className="stack">
        {subject !== '' && (
          <Notice>
            <span>
              {t('all_tokens.of', { name: list.items[0]?.subject.name ?? subject })}{' '}
              <Button size="small" onClick={() => setSubject('')}>
                {t('table.clear')}
              </Button>
            </span>
          </Notice>
        )}
        <div>
          <ListTable
            label={t('all_tokens.title')}
            list={list}
            columns={columns}
            filters={filters}
            textOf={textOf}
            rowKey={({ id }) => id}
            href={({ id }) => `/all-tokens/${id}`}
            order="-used"
            actions={(row) => <Revoke rows={[row]} size="small" short />}
            bulk={(rows, done) => <Revoke rows={rows} size="small" onDone={done} />}
            empty={
              <Empty icon="token" title={t('all_tokens.empty')}>
                {t('all_tokens.empty_lead')}
              </Empty>
            }
          />
        </div>
      </div>
    </Page>
  )
}
