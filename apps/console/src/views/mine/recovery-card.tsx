import { type ReactNode, useState } from 'react'
import { useProofs } from '../../actions/proof.tsx'
import { useAction } from '../../actions/use-action.ts'
import { t } from '../../language/messages.ts'
import { Button } from '../../parts/button.tsx'
import { Card, Status } from '../../parts/page.tsx'
import { RecoveryCodes } from '../../parts/recovery-codes.tsx'
import { ErrorNotice } from '../../parts/states.tsx'
import { api, send } from '../../state/api.ts'
import { useMe } from '../../state/me.ts'
import { queries } from '../../state/queries.ts'

/** Codes for the day on which the authenticator is lost. */
export function RecoveryCard(): ReactNode {
  const me = useMe()
  const proofs = useProofs()
  const [codes, setCodes] = useState<readonly string[]>()
  const { run, pending, error } = useAction()
  if (!me.required_factors.includes('totp')) return null
  const left = me.recovery_codes_left
  const make = () =>
    void run(async () => {
      const made = await proofs.shown((factors) => send(api.POST('/v1/me/recovery-codes', { body: factors })))
      setCodes(made.recovery_codes)
      void queries.invalidateQueries({ queryKey: ['me'] })
    })
  return (
    <Card
      title={t('recovery.title')}
      lead={t('recovery.what')}
      status={<Status tone={left > 2 ? 'good' : 'warning'}>{t('recovery.left', { count: left })}</Status>}
      actions={
        !codes && (
          <Button pending={pending} onClick={make}>
            {t('recovery.make')}
          </Button>
        )
      }
    >
      {error !== undefined && <ErrorNotice error={error} />}
      {codes && <RecoveryCodes codes={codes} username={me.username} onStored={() => setCodes(undefined)} />}
    </Card>
  )
}
