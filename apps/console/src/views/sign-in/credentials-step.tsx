import { type FormEvent, type ReactNode, useState } from 'react'
import { useAction } from '../../actions/use-action.ts'
import { t } from '../../language/messages.ts'
import { Button } from '../../parts/button.tsx'
import { CodeField, PasswordField, TextField } from '../../parts/form/fields.tsx'
import { ErrorNotice } from '../../parts/states.tsx'
import { enter, signIn } from '../../state/sign-in.ts'
import type { Unfinished } from './unfinished.ts'

interface CredentialsStepProps {
  readonly username: string
  readonly onUnfinished: (unfinished: Unfinished) => void
}

/**
 * Everything that a login may require, in one form. The server does not say which factor is wrong or missing, and each
 * failed attempt counts: so the code has its field from the start.
 */
export function CredentialsStep({ username: given, onUnfinished }: CredentialsStepProps): ReactNode {
  const [username, setUsername] = useState(given)
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [isRecovery, setRecovery] = useState(false)
  const { run, pending, error } = useAction()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void run(async () => {
      const second = isRecovery ? { recovery_code: code.trim() } : { code: code.trim() }
      const credentials = {
        username,
        ...(password === '' ? {} : { password }),
        ...(code.trim() === '' ? {} : second),
      }
      const step = await signIn(credentials)
      if (step) onUnfinished({ step, credentials })
      else await enter()
    })
  }
  return (
    <form className="stack" onSubmit={submit} aria-label={t('sign_in.title')}>
      <h1>{t('sign_in.title')}</h1>
      <TextField
        label={t('form.username')}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        required
        value={username}
        onValue={setUsername}
      />
      <PasswordField
        label={t('form.password')}
        name="password"
        autoComplete="current-password"
        required={code.trim() === ''}
        value={password}
        onValue={setPassword}
      />
      {isRecovery ? (
        <TextField
          isCode
          label={t('form.recovery_code')}
          hint={t('sign_in.recovery_hint')}
          name="recovery-code"
          autoComplete="off"
          value={code}
          onValue={setCode}
        />
      ) : (
        <CodeField
          label={t('form.code')}
          hint={t('sign_in.code_hint')}
          optional
          name="code"
          value={code}
          onValue={setCode}
        />
      )}
      {error !== undefined && <ErrorNotice error={error} />}
      <Button kind="primary" type="submit" pending={pending}>
        {t('sign_in.action')}
      </Button>
      <div className="centred">
        <Button kind="quiet" size="small" onClick={() => setRecovery(!isRecovery)}>
          {isRecovery ? t('form.use_code') : t('form.use_recovery_code')}
        </Button>
      </div>
    </form>
  )
}
