import type { ReactNode } from 'react'
import { t } from '../language/messages.ts'
import { Time } from '../parts/time.tsx'
import type { Authorization } from '../state/api.ts'
import { agentWords } from './agent.ts'

type Used = Pick<Authorization, 'last_used_at' | 'last_used_from'>

/** When it was last used, and from which address. */
export const LastUse = ({ row: { last_used_at: at, last_used_from: from } }: { readonly row: Used }): ReactNode => (
  <span>
    <Time at={at} none={t('authorization.never')} />
    {from && <span className="muted"> · {from.address}</span>}
  </span>
)

/** The whole of what is known of the last use's origin. */
export const Origin = ({ from }: { readonly from: NonNullable<Used['last_used_from']> }): ReactNode => (
  <>
    <div>
      <code>{from.address}</code>
      {from.user_agent && ` · ${agentWords(from.user_agent)}`}
    </div>
    {from.user_agent?.includes(' ') && <div className="small muted">{from.user_agent}</div>}
    {from.client_id && <div className="small muted">{t('origin.by_client', { client: from.client_id })}</div>}
  </>
)
