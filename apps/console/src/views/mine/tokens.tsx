import { type ReactNode, useMemo } from 'react'
import { columnsOfAuthorizations, kindFilter, textOfAuthorization } from '../../authorizations/columns.tsx'
import { useAuthorizations } from '../../authorizations/read.ts'
import { Revoke } from '../../authorizations/revoke.tsx'
import { t } from '../../language/messages.ts'
import { ButtonLink } from '../../parts/button.tsx'
import { Page } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import { ListTable } from '../../parts/table/list-table.tsx'

/** Everything live in my name, of any dialect and kind. */
export function Tokens(): ReactNode {
  const list = useAuthorizations()
  const columns = useMemo(columnsOfAuthorizations, [])
  const filters = useMemo(() => [kindFilter()], [])
  const make = (
    <ButtonLink to="/tokens/new" kind="primary" icon="plus">
      {t('tokens.make')}
    </ButtonLink>
  )
  return (
    <Page title={t('tokens.title')} lead={t('tokens.lead')} actions={make}>
      <ListTable
        label={t('tokens.title')}
        list={list}
        columns={columns}
        filters={filters}
        textOf={textOfAuthorization}
        rowKey={({ id }) => id}
        href={({ id }) => `/tokens/${id}`}
        order="-created"
        actions={(row) => <Revoke rows={[row]} size="small" short />}
        bulk={(rows, done) => <Revoke rows={rows} size="small" onDone={done} />}
        empty={
          <Empty icon="token" title={t('tokens.empty')} actions={make}>
            {t('tokens.empty_lead')}
          </Empty>
        }
      />
    </Page>
  )
}
