import type { ReactNode } from 'react'
import { ActionButton } from '../actions/action-dialog.tsx'
import { t } from '../language/messages.ts'
import { say } from '../parts/toasts.tsx'
import type { Authorization } from '../state/api.ts'
import { queries, sessionEnded } from '../state/queries.ts'
import { authorizationsKey, revokeAuthorizations } from './read.ts'
import { nameOf } from './words.ts'

interface RevokeProps {
  readonly rows: readonly Authorization[]
  readonly onDone?: () => void
  readonly size?: 'small' | 'normal'
  /** Where one button stands for one thing among many. */
  readonly short?: boolean
}

/** Revokes one or many, after saying what that ends. */
export function Revoke({ rows, onDone, size = 'normal', short = false }: RevokeProps): ReactNode {
  const count = rows.length
  const [only] = rows
  const act = async () => {
    try {
      await revokeAuthorizations(rows.map(({ id }) => id))
    } finally {
      void queries.invalidateQueries({ queryKey: [authorizationsKey] })
    }
    say(t('revoke.done', { count }))
    onDone?.()
    if (rows.some(({ current }) => current)) sessionEnded('signed_out')
  }
  const isCurrent = rows.some(({ current }) => current)
  return (
    <ActionButton
      danger
      size={size}
      label={short ? t('revoke.short') : t('revoke.action', { count })}
      title={count === 1 && only ? t('revoke.title_one', { name: nameOf(only) }) : t('revoke.title', { count })}
      action={t('revoke.action', { count })}
      act={act}
      lead={
        <>
          <p>{t('revoke.lead', { count })}</p>
          {isCurrent && <p>{t('revoke.current')}</p>}
        </>
      }
    />
  )
}
