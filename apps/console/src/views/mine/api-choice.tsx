import type { ReactNode } from 'react'
import { t } from '../../language/messages.ts'
import { CheckGroup, RadioGroup } from '../../parts/form/choices.tsx'
import { api, type Schema, send } from '../../state/api.ts'
import { type List, pageSize, useList } from '../../state/list.ts'

type MyApi = Schema['MyApi']

const ranks = ['viewer', 'manager', 'owner']

/** The APIs that I may have tokens for. */
export const useMyApis = (): List<MyApi> =>
  useList(['my-apis'], async (cursor, signal) => {
    const query = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) }
    const page = await send(api.GET('/v1/me/apis', { params: { query }, signal }))
    return { items: page.apis, next: page.next_cursor }
  })

interface ApiChoiceProps {
  readonly apis: readonly MyApi[]
  readonly value: string
  readonly onValue: (identifier: string) => void
}

/** What the token is for: this server, or one API. */
export const ApiChoice = ({ apis, value, onValue }: ApiChoiceProps): ReactNode => (
  <RadioGroup
    legend={t('new_token.api')}
    hint={t('new_token.api_hint')}
    value={value}
    onValue={onValue}
    choices={apis.map(({ identifier, name, built_in: builtIn }) => ({
      value: builtIn ? '' : identifier,
      label: name,
      hint: identifier,
    }))}
  />
)

interface ScopeChoiceProps {
  readonly chosen: MyApi
  readonly values: readonly string[]
  readonly onValues: (scopes: readonly string[]) => void
}

/** What the token may do at an API, in its words: what needs the least first. */
export const ScopeChoice = ({ chosen, values, onValues }: ScopeChoiceProps): ReactNode =>
  chosen.scopes.length === 0 ? (
    <p className="muted">{t('new_token.no_scopes')}</p>
  ) : (
    <CheckGroup
      legend={t('client.scopes_of', { name: chosen.name })}
      values={values}
      onValues={onValues}
      choices={chosen.scopes
        .toSorted((a, b) => ranks.indexOf(a.least_role ?? 'viewer') - ranks.indexOf(b.least_role ?? 'viewer'))
        .map(({ name, description }) => ({ value: name, label: description, hint: name }))}
    />
  )
