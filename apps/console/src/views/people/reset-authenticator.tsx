import { type ReactNode, useState } from 'react'
import { ActionButton } from '../../actions/action-dialog.tsx'
import { useProofs } from '../../actions/proof.tsx'
import { t } from '../../language/messages.ts'
import { AuthenticatorSetup } from '../../parts/authenticator-setup.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Row } from '../../parts/page.tsx'
import { Notice } from '../../parts/states.tsx'
import { api, type Schema, send, type User } from '../../state/api.ts'

interface ResetAuthenticatorProps {
  readonly user: User
  readonly onDone: () => void
}

/** A new secret in the place of a lost one; it is shown once. */
export function ResetAuthenticator({ user, onDone }: ResetAuthenticatorProps): ReactNode {
  const proofs = useProofs()
  const [setup, setSetup] = useState<Schema['TotpSetup']>()
  const path = { id: user.id }
  return (
    <Row title={t('totp.reset_title')} hint={t('totp.reset_hint')}>
      <ActionButton
        title={t('totp.reset_ask', { name: user.username })}
        lead={t('totp.reset_hint')}
        action={t('totp.reset_action')}
        act={async () => {
          setSetup(await proofs.recent(() => send(api.POST('/v1/users/{id}/totp', { params: { path } }))))
          onDone()
        }}
      />
      {setup && (
        <Dialog title={t('new_person.made_totp', { name: user.username })} onClose={() => undefined}>
          <Notice tone="warning" title={t('secret.once')}>
            {t('new_person.hand_over')}
          </Notice>
          <AuthenticatorSetup setup={setup} />
          <div className="dialog-end">
            <Button kind="primary" onClick={() => setSetup(undefined)}>
              {t('secret.stored')}
            </Button>
          </div>
        </Dialog>
      )}
    </Row>
  )
}
