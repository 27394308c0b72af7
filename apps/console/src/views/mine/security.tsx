import type { ReactNode } from 'react'
import { t } from '../../language/messages.ts'
import { exactTime } from '../../language/times.ts'
import { Card, Facts, Page } from '../../parts/page.tsx'
import { useMe } from '../../state/me.ts'
import { AuthenticatorCard } from './authenticator-card.tsx'
import { PasswordCard } from './password-card.tsx'
import { RecoveryCard } from './recovery-card.tsx'

/** How I prove who I am. */
export function Security(): ReactNode {
  const me = useMe()
  return (
    <Page title={t('security.title')} lead={t('security.lead')} narrow>
      <div className="stack" data-wide="">
        <PasswordCard />
        <AuthenticatorCard />
        <RecoveryCard />
        <Card title={t('security.account')}>
          <Facts
            facts={[
              [t('form.username'), <bdi key="name">{me.username}</bdi>],
              [t('authorization.role'), t(`role.${me.role}`)],
              [t('security.factors'), me.required_factors.map((factor) => t(`factor.${factor}`)).join(' + ')],
              [t('security.since'), exactTime(me.session.auth_time)],
            ]}
          />
        </Card>
      </div>
    </Page>
  )
}
