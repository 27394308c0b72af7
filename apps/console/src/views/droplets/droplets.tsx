import { type ReactNode, useMemo, useState } from 'react'
import { ActionButton } from '../../actions/action-dialog.tsx'
import { t } from '../../language/messages.ts'
import { TextField } from '../../parts/form/fields.tsx'
import { Page, Status } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import type { Column, Filter } from '../../parts/table/columns.ts'
import { ListTable } from '../../parts/table/list-table.tsx'
import { Time } from '../../parts/time.tsx'
import { say } from '../../parts/toasts.tsx'
import { api, send } from '../../state/api.ts'
import { mayAs, useMe } from '../../state/me.ts'
import { queries } from '../../state/queries.ts'
import { type DropletOf, dropletsKey, useDroplets } from './read.ts'
import { VerbButton } from './verb-button.tsx'

export const DropletStatus = ({ state }: Pick<DropletOf, 'state'>): ReactNode => (
  <Status tone={state === 'active' ? 'good' : 'plain'}>{t(`droplet.${state}`)}</Status>
)

const columnsOfDroplets = (): readonly Column<DropletOf>[] => [
  { id: 'name', title: t('authorization.name'), cell: ({ name }) => <bdi>{name}</bdi>, order: ({ name }) => name },
  { id: 'state', title: t('authorization.state'), cell: DropletStatus, order: ({ state }) => state, width: '15%' },
  {
    id: 'creator',
    title: t('droplet.creator'),
    cell: ({ creator }) => <bdi>{creator}</bdi>,
    order: ({ creator }) => creator,
    width: '20%',
  },
  {
    id: 'changed',
    title: t('droplet.changed'),
    cell: ({ changed_at: at }) => <Time at={at} />,
    order: ({ changed_at: at }) => at,
    width: '18%',
  },
  {
    id: 'created',
    title: t('authorization.created'),
    cell: ({ created_at: at }) => <Time at={at} />,
    order: ({ created_at: at }) => at,
    width: '18%',
    low: true,
  },
]

const filtersOfDroplets = (): readonly Filter<DropletOf>[] => [
  {
    name: 'state',
    label: t('authorization.state'),
    choices: (['active', 'stopped'] as const).map((value) => ({ value, label: t(`droplet.${value}`) })),
    of: ({ state }) => state,
  },
]

const textOf = ({ name, id, creator }: DropletOf): string => `${name} ${id} ${creator}`

/** The droplets as they are now. */
export function Droplets(): ReactNode {
  const { role } = useMe()
  const columns = useMemo(columnsOfDroplets, [])
  const filters = useMemo(filtersOfDroplets, [])
  const isManager = mayAs(role, 'manager')
  const make = isManager && <MakeDroplet />
  return (
    <Page title={t('droplets.title')} lead={t('droplets.lead')} actions={make}>
      <ListTable
        label={t('droplets.title')}
        list={useDroplets()}
        columns={columns}
        filters={filters}
        textOf={textOf}
        rowKey={({ id }) => id}
        href={({ id }) => `/droplets/${id}`}
        {...(isManager
          ? {
              actions: (row: DropletOf) => (
                <VerbButton id={row.id} verb={row.state === 'active' ? 'stop' : 'start'} size="small" />
              ),
            }
          : {})}
        empty={
          <Empty icon="droplets" title={t('droplets.empty')} actions={make}>
            {t('droplets.empty_lead')}
          </Empty>
        }
      />
    </Page>
  )
}

function MakeDroplet(): ReactNode {
  const [name, setName] = useState('')
  const make = async () => {
    const made = await send(api.POST('/v1/droplets', { body: name.trim() === '' ? {} : { name: name.trim() } }))
    say(t('droplets.made', { name: made.name }))
    void queries.invalidateQueries({ queryKey: [dropletsKey] })
  }
  return (
    <ActionButton
      kind="primary"
      icon="plus"
      title={t('droplets.make')}
      action={t('droplets.make')}
      onOpen={() => setName('')}
      act={make}
    >
      <TextField
        label={t('authorization.name')}
        hint={t('droplets.name_hint')}
        optional
        maxLength={63}
        pattern="[A-Za-z0-9][A-Za-z0-9_.\-]*"
        autoComplete="off"
        value={name}
        onValue={setName}
      />
    </ActionButton>
  )
}
