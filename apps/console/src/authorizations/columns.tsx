import type { ReactNode } from 'react'
import { t, wordFor } from '../language/messages.ts'
import { Status } from '../parts/page.tsx'
import type { Column, Filter } from '../parts/table/columns.ts'
import { Time, useNow } from '../parts/time.tsx'
import type { Authorization } from '../state/api.ts'
import { LastUse } from './origin.tsx'
import { deviceOf, kindOf, nameOf, scopeWords, stateOf, toneOf, viaOf } from './words.ts'

export const columnsOfAuthorizations = (): readonly Column<Authorization>[] => [
  { id: 'name', title: t('authorization.name'), cell: (row) => <Name row={row} />, order: nameOf },
  {
    id: 'kind',
    title: t('authorization.kind'),
    cell: ({ kind }) => kindOf(kind),
    order: ({ kind }) => kindOf(kind),
    width: '13%',
    low: true,
  },
  { id: 'may', title: t('authorization.may'), cell: (row) => <May row={row} />, width: '16%' },
  {
    id: 'created',
    title: t('authorization.created'),
    cell: ({ created_at: at }) => <Time at={at} />,
    order: ({ created_at: at }) => at,
    width: '12%',
    low: 'first',
  },
  {
    id: 'used',
    title: t('authorization.used'),
    cell: (row) => <LastUse row={row} />,
    order: ({ last_used_at: at }) => at,
    width: '18%',
  },
  {
    id: 'expires',
    title: t('authorization.expires'),
    cell: ({ expires_at: at }) => <Time at={at} none={t('authorization.never')} />,
    order: ({ expires_at: at }) => at,
    width: '12%',
  },
  { id: 'state', title: t('authorization.state'), cell: (row) => <StateOf row={row} />, width: '13%' },
]

const Name = ({ row }: { readonly row: Authorization }): ReactNode => (
  <bdi>{row.label ?? deviceOf(row) ?? viaOf(row)}</bdi>
)

const May = ({ row: { role, apis } }: { readonly row: Authorization }): ReactNode => (
  <span>
    {wordFor('role', role)}
    <span className="muted"> · {apis.map(({ scope }) => scopeWords(scope)).join(' · ')}</span>
  </span>
)

export function StateOf({ row }: { readonly row: Authorization }): ReactNode {
  const state = stateOf(row, useNow())
  return <Status tone={toneOf(state)}>{t(`state.${state}`)}</Status>
}

export const textOfAuthorization = (row: Authorization): string =>
  [
    nameOf(row),
    kindOf(row.kind),
    row.role,
    row.dialect,
    row.client_id,
    row.id,
    row.last_used_from?.address,
    row.last_used_from?.user_agent,
    ...row.apis.map(({ identifier }) => identifier),
  ].join(' ')

const kinds = ['session', 'personal', 'standing', 'fixed', 'password_change', 'enrolment'] as const

export const kindFilter = (): Filter<Authorization> => ({
  name: 'kind',
  label: t('authorization.kinds'),
  choices: kinds.map((value) => ({ value, label: kindOf(value) })),
  of: ({ kind }) => kind,
})
