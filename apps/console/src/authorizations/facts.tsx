import type { ReactNode } from 'react'
import { t, wordFor } from '../language/messages.ts'
import { Id } from '../parts/copy.tsx'
import { Facts } from '../parts/page.tsx'
import { Time } from '../parts/time.tsx'
import type { Authorization } from '../state/api.ts'
import { StateOf } from './columns.tsx'
import { Origin } from './origin.tsx'
import { scopeWords, throughOf } from './words.ts'

interface AuthorizationFactsProps {
  readonly row: Authorization
  /** Whose it is, where it may be somebody else's. */
  readonly owner?: ReactNode
}

export const AuthorizationFacts = ({ row, owner }: AuthorizationFactsProps): ReactNode => (
  <Facts
    facts={[
      [t('authorization.state'), <StateOf key="state" row={row} />],
      owner !== undefined && [t('authorization.owner'), owner],
      [t('authorization.role'), wordFor('role', row.role)],
      [t('authorization.apis'), <Apis key="apis" row={row} />],
      [t('authorization.via'), throughOf(row)],
      [t('authorization.created'), <Time key="created" at={row.created_at} reachable />],
      [t('authorization.used'), <Time key="used" at={row.last_used_at} none={t('authorization.never')} reachable />],
      row.last_used_from !== null && [t('origin.from'), <Origin key="from" from={row.last_used_from} />],
      [
        t('authorization.expires'),
        <Time key="expires" at={row.expires_at} none={t('authorization.never')} reachable />,
      ],
      row.mask !== null && [t('authorization.mask'), <code key="mask">{row.mask}</code>],
      row.revoked_at !== null && [t('authorization.revoked'), <Time key="revoked" at={row.revoked_at} reachable />],
      [t('authorization.id'), <Id key="id" id={row.id} whole />],
    ]}
  />
)

const Apis = ({ row: { apis } }: { readonly row: Authorization }): ReactNode => (
  <ul>
    {apis.map(({ identifier, scope }) => (
      <li key={identifier}>
        <code>{identifier}</code>
        <div className="small muted">{scopeWords(scope)}</div>
      </li>
    ))}
  </ul>
)
