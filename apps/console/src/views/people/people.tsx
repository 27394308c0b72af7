import { type ReactNode, useMemo } from 'react'
import { t } from '../../language/messages.ts'
import { ButtonLink } from '../../parts/button.tsx'
import { Page, Status } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import type { Column, Filter } from '../../parts/table/columns.ts'
import { ListTable } from '../../parts/table/list-table.tsx'
import { Time } from '../../parts/time.tsx'
import type { User } from '../../state/api.ts'
import { mayAs, useMe } from '../../state/me.ts'
import { useUsers } from '../../subjects/names.tsx'

type UserState = 'active' | 'disabled' | 'must_change'

const stateOf = ({ disabled, must_change: mustChange }: User): UserState =>
  disabled ? 'disabled' : mustChange ? 'must_change' : 'active'

const tones = { active: 'good', disabled: 'plain', must_change: 'warning' } as const

export const UserStatus = ({ user }: { readonly user: User }): ReactNode => (
  <Status tone={tones[stateOf(user)]}>{t(`person.${stateOf(user)}`)}</Status>
)

export const factorsOf = ({ required_factors: factors }: Pick<User, 'required_factors'>): string =>
  factors.map((factor) => t(`factor.${factor}`)).join(' + ')

const columnsOfPeople = (): readonly Column<User>[] => [
  {
    id: 'name',
    title: t('form.username'),
    cell: ({ username }) => <bdi>{username}</bdi>,
    order: ({ username }) => username,
  },
  {
    id: 'role',
    title: t('authorization.role'),
    cell: ({ role }) => t(`role.${role}`),
    order: ({ role }) => role,
    width: '15%',
  },
  { id: 'factors', title: t('security.factors'), cell: factorsOf, width: '26%', low: true },
  {
    id: 'state',
    title: t('authorization.state'),
    cell: (user) => <UserStatus user={user} />,
    order: stateOf,
    width: '18%',
  },
  {
    id: 'created',
    title: t('authorization.created'),
    cell: ({ created_at: at }) => <Time at={at} />,
    order: ({ created_at: at }) => at,
    width: '15%',
  },
]

const roles = ['viewer', 'manager', 'owner'] as const
const states = ['active', 'must_change', 'disabled'] as const

const filtersOfPeople = (): readonly Filter<User>[] => [
  {
    name: 'role',
    label: t('authorization.role'),
    choices: roles.map((value) => ({ value, label: t(`role.${value}`) })),
    of: ({ role }) => role,
  },
  {
    name: 'state',
    label: t('authorization.state'),
    choices: states.map((value) => ({ value, label: t(`person.${value}`) })),
    of: stateOf,
  },
]

const textOf = ({ username, id }: User): string => `${username} ${id}`

/** Everybody who can sign in. */
export function People(): ReactNode {
  const { role } = useMe()
  const columns = useMemo(columnsOfPeople, [])
  const filters = useMemo(filtersOfPeople, [])
  const make = mayAs(role, 'owner') && (
    <ButtonLink to="/people/new" kind="primary" icon="plus">
      {t('people.make')}
    </ButtonLink>
  )
  return (
    <Page title={t('people.title')} lead={t('people.lead')} actions={make}>
      <ListTable
        label={t('people.title')}
        list={useUsers()}
        columns={columns}
        filters={filters}
        textOf={textOf}
        rowKey={({ id }) => id}
        href={({ id }) => `/people/${id}`}
        empty={
          <Empty icon="people" title={t('people.empty')} actions={make}>
            {t('people.empty_lead')}
          </Empty>
        }
      />
    </Page>
  )
}
