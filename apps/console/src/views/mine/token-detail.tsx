import type { ReactNode } from 'react'
import { useLocation, useParams } from 'wouter'
import { AuthorizationPage } from '../../authorizations/page.tsx'
import { t } from '../../language/messages.ts'

/** One of my authorizations. */
export function TokenDetail(): ReactNode {
  const { id = '' } = useParams<{ id: string }>()
  const [, go] = useLocation()
  return (
    <AuthorizationPage id={id} back={{ to: '/tokens', label: t('tokens.title') }} onRevoked={() => go('/tokens')} />
  )
}
