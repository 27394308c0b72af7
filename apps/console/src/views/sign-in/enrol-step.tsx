import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { useAction } from '../../actions/use-action.ts'
import { t } from '../../language/messages.ts'
import { AuthenticatorSetup } from '../../parts/authenticator-setup.tsx'
import { Button } from '../../parts/button.tsx'
import { CodeField } from '../../parts/form/fields.tsx'
import { ErrorNotice } from '../../parts/states.tsx'
import { api, type Schema, send } from '../../state/api.ts'
import type { Unfinished } from './unfinished.ts'

interface EnrolStepProps extends Unfinished {
  readonly onDone: (sentence: string) => void
}

/** The policy requires an authenticator: it is set up before there is a session. */
export function EnrolStep({ credentials, onDone }: EnrolStepProps): ReactNode {
  const [setup, setSetup] = useState<Schema['TotpSetup']>()
  const [code, setCode] = useState('')
  const { run, pending, error } = useAction()
  const { password = '' } = credentials
  const begun = useRef(false)
  useEffect(() => {
    if (begun.current) return
    begun.current = true
    void run(async () => setSetup(await send(api.POST('/v1/me/totp', { body: { password } }))))
  }, [password, run])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void run(async () => {
      const body: Schema['FactorChoice'] = { required_factors: ['password', 'totp'], password, code: code.trim() }
      await send(api.PUT('/v1/me/required-factors', { body }))
      onDone(t('sign_in.enrolled'))
    })
  }
  return (
    <form className="stack" onSubmit={submit} aria-label={t('sign_in.enrol_title')}>
      <h1>{t('sign_in.enrol_title')}</h1>
      <p className="muted">{t('sign_in.enrol_lead')}</p>
      {setup && <AuthenticatorSetup setup={setup} />}
      <CodeField label={t('form.first_code')} required value={code} onValue={setCode} />
      {error !== undefined && <ErrorNotice error={error} />}
      <Button kind="primary" type="submit" pending={pending}>
        {t('sign_in.enrol_action')}
      </Button>
    </form>
  )
}
