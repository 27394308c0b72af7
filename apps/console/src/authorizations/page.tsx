import type { ReactNode } from 'react'
import { Story } from '../audit/story.tsx'
import { t } from '../language/messages.ts'
import { Loaded } from '../parts/loaded.tsx'
import { Card, Columns, Page, Row } from '../parts/page.tsx'
import type { Authorization } from '../state/api.ts'
import { AuthorizationFacts } from './facts.tsx'
import { useAuthorization, useEvents } from './read.ts'
import { Revoke } from './revoke.tsx'
import { kindOf, nameOf } from './words.ts'

interface AuthorizationPageProps {
  readonly id: string
  readonly back: { readonly to: string; readonly label: string }
  readonly owner?: (row: Authorization) => ReactNode
  readonly onRevoked: () => void
}

/** One authorization: what it is, what it may do, what happened with it, and its end. */
export function AuthorizationPage({ id, back, owner, onRevoked }: AuthorizationPageProps): ReactNode {
  const read = useAuthorization(id)
  const events = useEvents(id)
  const row = read.data
  return (
    <Page title={row ? nameOf(row) : t('authorization.one')} lead={row && kindOf(row.kind)} back={back}>
      <Columns aside={!read.error && <Story title={t('story.title')} lead={t('story.lead')} list={events} />}>
        <Loaded read={read}>
          {(shown) => (
            <>
              <Card>
                <AuthorizationFacts row={shown} owner={owner?.(shown)} />
              </Card>
              {shown.active && (
                <Card tone="danger" bare>
                  <Row title={t('revoke.row')} hint={t('revoke.lead', { count: 1 })}>
                    <Revoke rows={[shown]} onDone={onRevoked} />
                  </Row>
                </Card>
              )}
            </>
          )}
        </Loaded>
      </Columns>
    </Page>
  )
}
