import { type FormEvent, type ReactNode, useState } from 'react'
import { useProofs } from '../../actions/proof.tsx'
import { useAction } from '../../actions/use-action.ts'
import { authorizationsKey } from '../../authorizations/read.ts'
import { t } from '../../language/messages.ts'
import { Button, ButtonLink } from '../../parts/button.tsx'
import { RadioGroup } from '../../parts/form/choices.tsx'
import { TextField } from '../../parts/form/fields.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { ChoicesSkeleton, ErrorNotice } from '../../parts/states.tsx'
import { api, type Role, type Schema, send } from '../../state/api.ts'
import { membersOf } from '../../state/errors.ts'
import { mayAs, useMe } from '../../state/me.ts'
import { queries } from '../../state/queries.ts'
import { ApiChoice, ScopeChoice, useMyApis } from './api-choice.tsx'
import { ExpiryField, firstExpiry, secondsUntil } from './expiry.tsx'
import { TokenMade } from './token-made.tsx'

const roles: readonly Role[] = ['viewer', 'manager', 'owner']

/** A token for a script, from top to bottom: for what, what it may do, how long, and its name. */
export function NewToken(): ReactNode {
  const me = useMe()
  const proofs = useProofs()
  const most = me.policy.personal_token_seconds
  const [label, setLabel] = useState('')
  const { items: apis, isLoading: areApisAwaited } = useMyApis()
  const [target, setTarget] = useState('')
  const [scopes, setScopes] = useState<readonly string[]>([])
  const [scope, setScope] = useState<'read' | 'read write'>('read')
  const [role, setRole] = useState<Role>('viewer')
  const [expiry, setExpiry] = useState(() => firstExpiry(most))
  const [made, setMade] = useState<Schema['CreatedPersonalToken']>()
  const { run, pending, error } = useAction()
  const chosen = apis.find(({ identifier, built_in: builtIn }) => !builtIn && identifier === target)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void run(async () => {
      const may = chosen ? { resource: target, scope: scopes.join(' ') } : { scope }
      const body = { label: label.trim(), ...may, role, expires_in: secondsUntil(expiry, most) }
      setMade(await proofs.recent(() => send(api.POST('/v1/tokens', { body }))))
      void queries.invalidateQueries({ queryKey: [authorizationsKey] })
    })
  }
  const choose = (identifier: string) => {
    setTarget(identifier)
    setScopes([])
  }
  if (made) return <TokenMade made={made} target={target} />
  const faults = membersOf(error)
  return (
    <Page title={t('tokens.make')} lead={t('new_token.lead')} back={{ to: '/tokens', label: t('tokens.title') }} narrow>
      <Card>
        <form className="stack" data-wide="" onSubmit={submit} aria-label={t('tokens.make')}>
          {areApisAwaited && <ChoicesSkeleton legend={t('new_token.api')} />}
          {apis.length > 1 && <ApiChoice apis={apis} value={target} onValue={choose} />}
          {chosen ? (
            <ScopeChoice chosen={chosen} values={scopes} onValues={setScopes} />
          ) : (
            <RadioGroup
              legend={t('new_token.may')}
              value={scope}
              onValue={(value) => setScope(value === 'read' ? 'read' : 'read write')}
              choices={[
                { value: 'read', label: t('new_token.read'), hint: t('new_token.read_hint') },
                { value: 'read write', label: t('new_token.write'), hint: t('new_token.write_hint') },
              ]}
            />
          )}
          <RadioGroup
            legend={t('new_token.role')}
            hint={t('new_token.role_hint', { role: t(`role.${me.role}`) })}
            value={role}
            onValue={(value) => setRole(roles.find((one) => one === value) ?? 'viewer')}
            choices={roles
              .filter((one) => mayAs(me.role, one))
              .map((one) => ({ value: one, label: t(`role.${one}`), hint: t(`role.${one}.hint`) }))}
          />
          <ExpiryField value={expiry} onValue={setExpiry} mostSeconds={most} />
          <TextField
            label={t('new_token.name')}
            hint={t('new_token.name_hint')}
            required
            maxLength={64}
            autoComplete="off"
            value={label}
            onValue={setLabel}
            fault={faults.label}
          />
          {error !== undefined && <ErrorNotice error={error} />}
          <div className="actions">
            <Button kind="primary" type="submit" pending={pending}>
              {t('tokens.make')}
            </Button>
            <ButtonLink to="/tokens">{t('form.cancel')}</ButtonLink>
          </div>
        </form>
      </Card>
    </Page>
  )
}
