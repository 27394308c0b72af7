import { type FormEvent, type ReactNode, useState } from 'react'
import { useProofs } from '../../actions/proof.tsx'
import { useAction } from '../../actions/use-action.ts'
import { t } from '../../language/messages.ts'
import { AuthenticatorSetup } from '../../parts/authenticator-setup.tsx'
import { Button } from '../../parts/button.tsx'
import { CodeField } from '../../parts/form/fields.tsx'
import { Card, Status } from '../../parts/page.tsx'
import { ErrorNotice, Notice } from '../../parts/states.tsx'
import { say } from '../../parts/toasts.tsx'
import { api, type Schema, send } from '../../state/api.ts'
import { useMe } from '../../state/me.ts'
import { queries, sessionEnded } from '../../state/queries.ts'
import type { Factors } from '../../state/sign-in.ts'

interface Begun {
  readonly setup: Schema['TotpSetup']
  /** What was shown to begin; its password is shown again with the first code. */
  readonly factors: Factors
}

export function AuthenticatorCard(): ReactNode {
  const me = useMe()
  const proofs = useProofs()
  const [begun, setBegun] = useState<Begun>()
  const { run, pending, error } = useAction()
  const isOn = me.required_factors.includes('totp')
  const begin = () =>
    void run(() =>
      proofs.shown(async (factors) =>
        setBegun({ factors, setup: await send(api.POST('/v1/me/totp', { body: factors })) }),
      ),
    )
  const lower = () =>
    void run(async () => {
      await proofs.shown((factors) =>
        send(
          api.PUT('/v1/me/required-factors', { body: { required_factors: ['password'], ...withoutRecovery(factors) } }),
        ),
      )
      say(t('totp.off_done'))
      await queries.invalidateQueries()
    })
  return (
    <Card
      title={t('totp.title')}
      lead={t('totp.lead')}
      status={<Status tone={isOn ? 'good' : 'warning'}>{t(isOn ? 'totp.on' : 'totp.off')}</Status>}
      actions={
        !begun && (
          <>
            <Button kind={isOn ? 'secondary' : 'primary'} pending={pending} onClick={begin}>
              {t(isOn ? 'totp.replace' : 'totp.set_up')}
            </Button>
            {isOn && me.required_factors.includes('password') && !me.policy.required_factors.includes('totp') && (
              <Button kind="danger-quiet" onClick={lower}>
                {t('totp.turn_off')}
              </Button>
            )}
          </>
        )
      }
    >
      {error !== undefined && <ErrorNotice error={error} />}
      {begun && <ConfirmForm begun={begun} isOn={isOn} onDone={() => setBegun(undefined)} />}
    </Card>
  )
}

/** The choice of factors takes no recovery code: it would lower what is required with what is meant for a loss. */
const withoutRecovery = ({ password, code }: Factors): Factors => ({
  ...(password === undefined ? {} : { password }),
  ...(code === undefined ? {} : { code }),
})

interface ConfirmFormProps {
  readonly begun: Begun
  readonly isOn: boolean
  readonly onDone: () => void
}

function ConfirmForm({ begun: { setup, factors }, isOn, onDone }: ConfirmFormProps): ReactNode {
  const me = useMe()
  const [code, setCode] = useState('')
  const { run, pending, error } = useAction()
  const confirm = async () => {
    if (isOn) {
      await send(api.POST('/v1/me/totp/confirmation', { body: { code: code.trim() } }))
      // A new authenticator in the place of another ends every session.
      return sessionEnded('over')
    }
    const required = [...new Set([...me.required_factors, 'totp' as const])]
    const password = factors.password === undefined ? {} : { password: factors.password }
    await send(
      api.PUT('/v1/me/required-factors', { body: { required_factors: required, code: code.trim(), ...password } }),
    )
    say(t('totp.done'))
    await queries.invalidateQueries()
    onDone()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void run(confirm)
  }
  return (
    <form className="stack" onSubmit={submit} aria-label={t('totp.set_up')}>
      <AuthenticatorSetup setup={setup} />
      {isOn && <Notice tone="warning">{t('totp.replace_ends')}</Notice>}
      <CodeField label={t('form.first_code')} autoFocus required value={code} onValue={setCode} />
      {error !== undefined && <ErrorNotice error={error} />}
      <div className="actions">
        <Button kind="primary" type="submit" pending={pending}>
          {t('totp.confirm')}
        </Button>
        <Button onClick={onDone}>{t('form.cancel')}</Button>
      </div>
    </form>
  )
}
