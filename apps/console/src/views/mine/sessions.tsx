import { type ReactNode, useMemo } from 'react'
import { ActionButton } from '../../actions/action-dialog.tsx'
import { columnsOfAuthorizations, textOfAuthorization } from '../../authorizations/columns.tsx'
import { authorizationsKey, useAuthorizations } from '../../authorizations/read.ts'
import { Revoke } from '../../authorizations/revoke.tsx'
import { t } from '../../language/messages.ts'
import { Page } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import { ListTable } from '../../parts/table/list-table.tsx'
import { say } from '../../parts/toasts.tsx'
import { api, send } from '../../state/api.ts'
import { useMe } from '../../state/me.ts'
import { queries, sessionEnded } from '../../state/queries.ts'

/** My logins, and the ways to end them. */
export function Sessions(): ReactNode {
  const me = useMe()
  const all = useAuthorizations()
  const list = useMemo(() => ({ ...all, items: all.items.filter(({ kind }) => kind === 'session') }), [all])
  const columns = useMemo(() => columnsOfAuthorizations().filter(({ id }) => id !== 'kind'), [])
  const endOthers = async () => {
    await send(api.DELETE('/v1/sessions', { params: { query: { others: true } } }))
    await queries.invalidateQueries({ queryKey: [authorizationsKey] })
    say(t('sessions.ended_others'))
  }
  const endAll = async () => {
    await send(api.DELETE('/v1/users/{id}/authorizations', { params: { path: { id: me.id } } }))
    sessionEnded('signed_out')
  }
  const actions = (
    <>
      <ActionButton
        title={t('sessions.end_others_title')}
        lead={t('sessions.end_others_lead')}
        action={t('sessions.end_others')}
        act={endOthers}
      />
      <ActionButton
        danger
        title={t('sessions.end_all_title')}
        lead={t('sessions.end_all_lead')}
        action={t('sessions.end_all')}
        act={endAll}
      />
    </>
  )
  return (
    <Page title={t('sessions.title')} lead={t('sessions.lead')} actions={actions}>
      <ListTable
        label={t('sessions.title')}
        list={list}
        columns={columns}
        textOf={textOfAuthorization}
        rowKey={({ id }) => id}
        href={({ id }) => `/tokens/${id}`}
        order="-used"
        actions={(row) => <Revoke rows={[row]} size="small" short />}
        bulk={(rows, done) => <Revoke rows={rows} size="small" onDone={done} />}
        empty={
          <Empty icon="sessions" title={t('sessions.empty')}>
            {t('sessions.empty_lead')}
          </Empty>
        }
      />
    </Page>
  )
}
