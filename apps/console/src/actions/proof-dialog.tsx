import { type FormEvent, type ReactNode, useState } from 'react'
import { t } from '../language/messages.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { CodeField, PasswordField, TextField } from '../parts/form/fields.tsx'
import { ErrorNotice } from '../parts/states.tsx'
import { useMe } from '../state/me.ts'
import type { Factors } from '../state/sign-in.ts'

interface ProofDialogProps {
  /** @throws If the factors are refused: the dialog says so and stays. */
  readonly attempt: (factors: Factors) => Promise<void>
  readonly cancel: () => void
}

export function ProofDialog({ attempt, cancel }: ProofDialogProps): ReactNode {
  const { username, required_factors: required } = useMe()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [isRecovery, setRecovery] = useState(false)
  const [error, setError] = useState<unknown>()
  const [pending, setPending] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (pending) return
    setPending(true)
    setError(undefined)
    try {
      const second = isRecovery ? { recovery_code: code.trim() } : { code: code.trim() }
      await attempt({ ...(required.includes('password') ? { password } : {}), ...(code.trim() === '' ? {} : second) })
    } catch (refusal) {
      setError(refusal)
      setCode('')
    } finally {
      setPending(false)
    }
  }
  return (
    <Dialog title={t('proof.title')} onClose={cancel}>
      <p className="muted">{t('proof.lead')}</p>
      <form className="stack" onSubmit={submit}>
        <input
          className="unseen"
          type="text"
          autoComplete="username"
          value={username}
          readOnly
          tabIndex={-1}
          aria-hidden
        />
        {required.includes('password') && (
          <PasswordField
            label={t('form.password')}
            autoComplete="current-password"
            required
            value={password}
            onValue={setPassword}
          />
        )}
        {required.includes('totp') && (
          <>
            {isRecovery ? (
              <TextField
                isCode
                label={t('form.recovery_code')}
                autoComplete="off"
                required
                value={code}
                onValue={setCode}
              />
            ) : (
              <CodeField label={t('form.code')} required value={code} onValue={setCode} />
            )}
            <div>
              <Button kind="quiet" size="small" onClick={() => setRecovery(!isRecovery)}>
                {isRecovery ? t('form.use_code') : t('form.use_recovery_code')}
              </Button>
            </div>
          </>
        )}
        {error !== undefined && <ErrorNotice error={error} />}
        <div className="dialog-end">
          <Button onClick={cancel}>{t('form.cancel')}</Button>
          <Button kind="primary" type="submit" pending={pending}>
            {t('proof.action')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
