import { type ReactNode, useMemo } from 'react'
import { t } from '../../language/messages.ts'
import { ButtonLink } from '../../parts/button.tsx'
import { Page, Tags } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import type { Column } from '../../parts/table/columns.ts'
import { ListTable } from '../../parts/table/list-table.tsx'
import { Time } from '../../parts/time.tsx'
import { type Api, useApis } from '../../subjects/apis.ts'

const columnsOfApis = (): readonly Column<Api>[] => [
  { id: 'name', title: t('authorization.name'), cell: ({ name }) => <bdi>{name}</bdi>, order: ({ name }) => name },
  {
    id: 'identifier',
    title: t('api.identifier'),
    cell: ({ identifier }) => <code>{identifier}</code>,
    order: ({ identifier }) => identifier,
    width: '32%',
  },
  {
    id: 'scopes',
    title: t('api.scopes'),
    cell: ({ scopes }) => <Tags values={scopes.map(({ name }) => name)} />,
    width: '30%',
  },
  {
    id: 'created',
    title: t('authorization.created'),
    cell: ({ built_in: builtIn, created_at: at }) => <Time at={builtIn ? null : at} none={t('api.built_in')} />,
    order: ({ created_at: at }) => at,
    width: '15%',
    low: true,
  },
]

const textOf = ({ name, identifier, scopes }: Api): string =>
  [name, identifier, ...scopes.map((scope) => scope.name)].join(' ')

/** What tokens are meant for. */
export function Apis(): ReactNode {
  const columns = useMemo(columnsOfApis, [])
  const make = (
    <ButtonLink to="/apis/new" kind="primary" icon="plus">
      {t('apis.make')}
    </ButtonLink>
  )
  return (
    <Page title={t('apis.title')} lead={t('apis.lead')} actions={make}>
      <ListTable
        label={t('apis.title')}
        list={useApis()}
        columns={columns}
        textOf={textOf}
        rowKey={({ id }) => id}
        href={({ id }) => `/apis/${id}`}
        empty={
          <Empty icon="apis" title={t('apis.empty')} actions={make}>
            {t('apis.empty_lead')}
          </Empty>
        }
      />
    </Page>
  )
}
