import { type ReactNode, useMemo } from 'react'
import { t } from '../../language/messages.ts'
import { ButtonLink } from '../../parts/button.tsx'
import { Page, Status } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import type { Column, Filter } from '../../parts/table/columns.ts'
import { ListTable } from '../../parts/table/list-table.tsx'
import { Time } from '../../parts/time.tsx'
import { type Client, useClients } from '../../subjects/names.tsx'

export const ClientStatus = ({ client }: { readonly client: Client }): ReactNode => (
  <Status tone={client.disabled ? 'plain' : 'good'}>{t(client.disabled ? 'person.disabled' : 'person.active')}</Status>
)

/** The APIs that it may ask for tokens for; without any, this server. */
export const apisOf = ({ apis }: Client): string =>
  apis.length === 0 ? t('client.this_server') : apis.map(({ identifier }) => identifier).join(', ')

const columnsOfClients = (): readonly Column<Client>[] => [
  { id: 'name', title: t('authorization.name'), cell: ({ name }) => <bdi>{name}</bdi>, order: ({ name }) => name },
  {
    id: 'role',
    title: t('authorization.role'),
    cell: ({ role }) => t(`role.${role}`),
    order: ({ role }) => role,
    width: '14%',
  },
  { id: 'apis', title: t('authorization.apis'), cell: apisOf, order: apisOf, width: '32%' },
  { id: 'state', title: t('authorization.state'), cell: (client) => <ClientStatus client={client} />, width: '14%' },
  {
    id: 'created',
    title: t('authorization.created'),
    cell: ({ created_at: at }) => <Time at={at} />,
    order: ({ created_at: at }) => at,
    width: '14%',
    low: true,
  },
]

const filtersOfClients = (): readonly Filter<Client>[] => [
  {
    name: 'state',
    label: t('authorization.state'),
    choices: (['active', 'disabled'] as const).map((value) => ({ value, label: t(`person.${value}`) })),
    of: ({ disabled }) => (disabled ? 'disabled' : 'active'),
  },
]

const textOf = (client: Client): string => `${client.name} ${client.id} ${apisOf(client)}`

/** The programs that get tokens in their own name. */
export function Clients(): ReactNode {
  const columns = useMemo(columnsOfClients, [])
  const filters = useMemo(filtersOfClients, [])
  const make = (
    <ButtonLink to="/clients/new" kind="primary" icon="plus">
      {t('clients.make')}
    </ButtonLink>
  )
  return (
    <Page title={t('clients.title')} lead={t('clients.lead')} actions={make}>
      <ListTable
        label={t('clients.title')}
        list={useClients()}
        columns={columns}
        filters={filters}
        textOf={textOf}
        rowKey={({ id }) => id}
        href={({ id }) => `/clients/${id}`}
        empty={
          <Empty icon="clients" title={t('clients.empty')} actions={make}>
            {t('clients.empty_lead')}
          </Empty>
        }
      />
    </Page>
  )
}
