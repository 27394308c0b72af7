import { type FormEvent, type ReactNode, useState } from 'react'
import { useAction } from '../../actions/use-action.ts'
import { t } from '../../language/messages.ts'
import { Button } from '../../parts/button.tsx'
import { CodeField, PasswordField } from '../../parts/form/fields.tsx'
import { ErrorNotice, Notice } from '../../parts/states.tsx'
import { api, send } from '../../state/api.ts'
import { hasCode } from '../../state/errors.ts'
import { enter, signIn } from '../../state/sign-in.ts'
import type { Unfinished } from './unfinished.ts'

interface ChangeStepProps extends Unfinished {
  readonly onDone: (sentence: string) => void
}

/** Another user set the password: it permits nothing but setting one's own. */
export function ChangeStep({ credentials, onDone }: ChangeStepProps): ReactNode {
  const needsCode = credentials.code !== undefined || credentials.recovery_code !== undefined
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const { run, pending, error } = useAction()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void run(async () => {
      const body = {
        current_password: credentials.password ?? '',
        new_password: password,
        ...(code.trim() === '' ? {} : { code: code.trim() }),
      }
      await send(api.PUT('/v1/me/password', { body }))
      await beginSession()
    })
  }
  const beginSession = async () => {
    const { username } = credentials
    try {
      if (needsCode || (await signIn({ username, password }))) return onDone(t('sign_in.changed'))
    } catch (refusal) {
      if (hasCode(refusal, 'credentials_invalid')) return onDone(t('sign_in.changed'))
      throw refusal
    }
    await enter()
  }
  return (
    <form className="stack" onSubmit={submit} aria-label={t('sign_in.change_title')}>
      <h1>{t('sign_in.change_title')}</h1>
      <p className="muted">{t('sign_in.change_lead')}</p>
      <input
        className="unseen"
        autoComplete="username"
        value={credentials.username}
        readOnly
        tabIndex={-1}
        aria-hidden
      />
      <PasswordField
        label={t('form.new_password')}
        hint={t('form.new_password_hint')}
        name="new-password"
        autoComplete="new-password"
        autoFocus
        required
        value={password}
        onValue={setPassword}
      />
      {needsCode && <CodeField label={t('form.next_code')} required value={code} onValue={setCode} />}
      {error === undefined ? null : <ErrorNotice error={error} />}
      <Button kind="primary" type="submit" pending={pending}>
        {t('sign_in.change_action')}
      </Button>
      <Notice>{t('sign_in.change_ends')}</Notice>
    </form>
  )
}
