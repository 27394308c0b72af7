import type { ReactNode } from 'react'
import { t } from '../../language/messages.ts'
import { CheckGroup } from '../../parts/form/choices.tsx'
import type { Schema } from '../../state/api.ts'

export type ClientApis = Schema['Client']['apis']

interface ApisFieldProps {
  readonly apis: readonly Schema['Api'][]
  readonly value: ClientApis
  readonly onValue: (value: ClientApis) => void
}

/** Which APIs the client may ask for, and which scopes of each. Without any it is this server, with all. */
export function ApisField({ apis, value, onValue }: ApisFieldProps): ReactNode {
  const scopesOf = (identifier: string): readonly string[] =>
    value
      .find((one) => one.identifier === identifier)
      ?.scope?.split(' ')
      .filter(Boolean) ?? []
  const choose = (identifier: string, scopes: readonly string[]) =>
    onValue(value.map((one) => (one.identifier === identifier ? { ...one, scope: scopes.join(' ') } : one)))
  const chosen = value.map(({ identifier }) => identifier)
  const take = (identifiers: readonly string[]) =>
    onValue(
      identifiers.map((identifier) => value.find((one) => one.identifier === identifier) ?? { identifier, scope: '' }),
    )
  return (
    <div className="stack">
      <CheckGroup
        legend={t('client.apis')}
        hint={t('client.apis_hint')}
        values={chosen}
        onValues={take}
        choices={apis.map(({ identifier, name }) => ({ value: identifier, label: name, hint: identifier }))}
      />
      {apis
        .filter(({ identifier, scopes }) => chosen.includes(identifier) && scopes.length > 0)
        .map(({ identifier, name, scopes }) => (
          <CheckGroup
            key={identifier}
            legend={t('client.scopes_of', { name })}
            values={scopesOf(identifier)}
            onValues={(next) => choose(identifier, next)}
            choices={scopes.map((scope) => ({ value: scope.name, label: scope.description, hint: scope.name }))}
          />
        ))}
    </div>
  )
}
