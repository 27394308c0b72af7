import type { ReactNode } from 'react'
import { useLocation, useParams } from 'wouter'
import { AuthorizationPage } from '../../authorizations/page.tsx'
import { t } from '../../language/messages.ts'
import { SubjectLink } from '../../subjects/names.tsx'

/** One authorization of anybody's, also when it is not live any more: then its story remains. */
export function AnyToken(): ReactNode {
  const { id = '' } = useParams<{ id: string }>()
  const [, go] = useLocation()
  return (
    <AuthorizationPage
      id={id}
      back={{ to: '/all-tokens', label: t('all_tokens.title') }}
      owner={(row) => <SubjectLink subject={row.subject} />}
      onRevoked={() => go('/all-tokens')}
    />
  )
}
