import { type FormEvent, type ReactNode, useState } from 'react'
import { useAction } from '../../actions/use-action.ts'
import { t } from '../../language/messages.ts'
import { Button } from '../../parts/button.tsx'
import { CodeField, PasswordField } from '../../parts/form/fields.tsx'
import { Card } from '../../parts/page.tsx'
import { ErrorNotice } from '../../parts/states.tsx'
import { say } from '../../parts/toasts.tsx'
import { api, send } from '../../state/api.ts'
import { useMe } from '../../state/me.ts'
import { queries } from '../../state/queries.ts'

export function PasswordCard(): ReactNode {
  const me = useMe()
  const [isOpen, setOpen] = useState(false)
  if (!me.required_factors.includes('password')) return null
  return (
    <Card
      title={t('password.title')}
      lead={t('password.lead')}
      actions={!isOpen && <Button onClick={() => setOpen(true)}>{t('password.change')}</Button>}
    >
      {isOpen && <PasswordForm onDone={() => setOpen(false)} />}
    </Card>
  )
}

function PasswordForm({ onDone }: { readonly onDone: () => void }): ReactNode {
  const { username, required_factors: required } = useMe()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [code, setCode] = useState('')
  const { run, pending, error } = useAction()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const second = code.trim() === '' ? {} : { code: code.trim() }
    const body = { current_password: current, new_password: next, ...second }
    if (!(await run(() => send(api.PUT('/v1/me/password', { body }))))) return
    say(t('password.changed'))
    void queries.invalidateQueries()
    onDone()
  }
  return (
    <form className="stack" onSubmit={submit} aria-label={t('password.change')}>
      <input className="unseen" autoComplete="username" value={username} readOnly tabIndex={-1} aria-hidden />
      <PasswordField
        label={t('password.current')}
        autoComplete="current-password"
        autoFocus
        required
        value={current}
        onValue={setCurrent}
      />
      <PasswordField
        label={t('form.new_password')}
        hint={t('form.new_password_hint')}
        autoComplete="new-password"
        required
        value={next}
        onValue={setNext}
      />
      {required.includes('totp') && <CodeField label={t('form.code')} required value={code} onValue={setCode} />}
      {error !== undefined && <ErrorNotice error={error} />}
      <div className="actions">
        <Button kind="primary" type="submit" pending={pending}>
          {t('password.change')}
        </Button>
        <Button onClick={onDone}>{t('form.cancel')}</Button>
      </div>
    </form>
  )
}
