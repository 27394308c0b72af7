import { type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import { ActionButton } from '../../actions/action-dialog.tsx'
import { useProofs } from '../../actions/proof.tsx'
import { authorizationsKey } from '../../authorizations/read.ts'
import { t } from '../../language/messages.ts'
import { Check, RadioGroup } from '../../parts/form/choices.tsx'
import { PasswordField } from '../../parts/form/fields.tsx'
import { Card, Row } from '../../parts/page.tsx'
import { say } from '../../parts/toasts.tsx'
import { api, type Schema, send, type User } from '../../state/api.ts'
import { queries } from '../../state/queries.ts'
import { usersKey } from '../../subjects/names.tsx'
import { ResetAuthenticator } from './reset-authenticator.tsx'

/** What the owner may do with another user: the dangerous things last, and apart. */
export function PersonActions({ user }: { readonly user: User }): ReactNode {
  const proofs = useProofs()
  const [, go] = useLocation()
  const path = { id: user.id }
  const after = (sentence: string) => {
    say(sentence)
    void queries.invalidateQueries({ queryKey: [usersKey] })
    void queries.invalidateQueries({ queryKey: [authorizationsKey] })
    void queries.invalidateQueries({ queryKey: ['audit'] })
  }
  const change = async (body: Schema['UserChange'], sentence: string) => {
    await proofs.recent(() => send(api.PATCH('/v1/users/{id}', { params: { path }, body })))
    after(sentence)
  }
  return (
    <>
      <Card title={t('person.may_do')} bare>
        <div className="rows">
          <ChangeRole user={user} onChange={(role) => change({ role }, t('person.changed'))} />
          <ChangeFactors
            user={user}
            onChange={(factors) => change({ required_factors: factors }, t('person.changed'))}
          />
          <SetPassword
            onSet={async (body) => {
              await proofs.recent(() => send(api.PUT('/v1/users/{id}/password', { params: { path }, body })))
              after(t('password.set_done'))
            }}
          />
          <ResetAuthenticator user={user} onDone={() => after(t('totp.reset_done'))} />
          <Row title={t('unlock.title')} hint={t('unlock.hint')}>
            <ActionButton
              title={t('unlock.ask', { name: user.username })}
              lead={t('unlock.hint')}
              action={t('unlock.action')}
              act={async () => {
                await proofs.recent(() => send(api.POST('/v1/users/{id}/unlock', { params: { path } })))
                after(t('unlock.done'))
              }}
            />
          </Row>
        </div>
      </Card>
      <Card tone="danger" bare>
        <div className="rows">
          <EndSessions
            user={user}
            onEnd={async (personal) => {
              const params = { path, query: { personal } }
              await proofs.recent(() => send(api.DELETE('/v1/users/{id}/authorizations', { params })))
              after(t('end_sessions.done'))
            }}
          />
          <Row
            title={t(user.disabled ? 'enable.title' : 'disable.title')}
            hint={t(user.disabled ? 'enable.hint' : 'disable.hint')}
          >
            <ActionButton
              danger={!user.disabled}
              title={t(user.disabled ? 'enable.ask' : 'disable.ask', { name: user.username })}
              lead={t(user.disabled ? 'enable.hint' : 'disable.hint')}
              action={t(user.disabled ? 'enable.action' : 'disable.action')}
              act={() => change({ disabled: !user.disabled }, t('person.changed'))}
            />
          </Row>
          <Row title={t('ownership.title')} hint={t('ownership.hint')}>
            <ActionButton
              danger
              title={t('ownership.ask', { name: user.username })}
              lead={t('ownership.hint')}
              action={t('ownership.action')}
              act={async () => {
                await proofs.shown((body) => send(api.POST('/v1/users/{id}/ownership', { params: { path }, body })))
                await queries.invalidateQueries()
                say(t('ownership.done', { name: user.username }))
                go('/')
              }}
            />
          </Row>
          <Row title={t('delete_person.title')} hint={t('delete_person.hint')}>
            <ActionButton
              danger
              title={t('delete_person.ask', { name: user.username })}
              lead={t('delete_person.hint')}
              action={t('delete_person.action')}
              act={async () => {
                await proofs.recent(() => send(api.DELETE('/v1/users/{id}', { params: { path } })))
                go('/people')
                after(t('delete_person.done', { name: user.username }))
              }}
            />
          </Row>
        </div>
      </Card>
    </>
  )
}

interface ChangeRoleProps {
  readonly user: User
  readonly onChange: (role: 'viewer' | 'manager') => Promise<void>
}

function ChangeRole({ user, onChange }: ChangeRoleProps): ReactNode {
  const [role, setRole] = useState<'viewer' | 'manager'>('viewer')
  return (
    <Row title={t('change_role.title')} hint={t('change_role.hint')}>
      <ActionButton
        title={t('change_role.ask', { name: user.username })}
        action={t('change_role.action')}
        onOpen={() => setRole(user.role === 'manager' ? 'manager' : 'viewer')}
        act={() => onChange(role)}
      >
        <RadioGroup
          legend={t('authorization.role')}
          value={role}
          onValue={(value) => setRole(value === 'manager' ? 'manager' : 'viewer')}
          choices={(['viewer', 'manager'] as const).map((value) => ({
            value,
            label: t(`role.${value}`),
            hint: t(`role.${value}.hint`),
          }))}
        />
      </ActionButton>
    </Row>
  )
}

interface ChangeFactorsProps {
  readonly user: User
  readonly onChange: (factors: User['required_factors']) => Promise<void>
}

function ChangeFactors({ user, onChange }: ChangeFactorsProps): ReactNode {
  const [chosen, setChosen] = useState('password')
  return (
    <Row title={t('change_factors.title')} hint={t('change_factors.hint')}>
      <ActionButton
        title={t('change_factors.ask', { name: user.username })}
        lead={t('change_factors.hint')}
        action={t('change_factors.action')}
        onOpen={() => setChosen(user.required_factors.join(' '))}
        act={() => onChange(chosen === 'totp' ? ['totp'] : chosen === 'password' ? ['password'] : ['password', 'totp'])}
      >
        <RadioGroup
          legend={t('security.factors')}
          value={chosen}
          onValue={setChosen}
          choices={[
            { value: 'password', label: t('new_person.password') },
            { value: 'password totp', label: t('new_person.both') },
            { value: 'totp', label: t('new_person.totp') },
          ]}
        />
      </ActionButton>
    </Row>
  )
}

function SetPassword({ onSet }: { readonly onSet: (body: Schema['PasswordReset']) => Promise<void> }): ReactNode {
  const [password, setPassword] = useState('')
  const [mustChange, setMustChange] = useState(true)
  return (
    <Row title={t('set_password.title')} hint={t('set_password.hint')}>
      <ActionButton
        title={t('set_password.title')}
        lead={t('set_password.hint')}
        action={t('set_password.action')}
        onOpen={() => setPassword('')}
        act={() => onSet({ password, must_change: mustChange })}
      >
        <PasswordField
          label={t('form.new_password')}
          hint={t('form.new_password_hint')}
          autoComplete="new-password"
          required
          value={password}
          onValue={setPassword}
        />
        <Check
          label={t('new_person.must_change')}
          hint={t('new_person.must_change_hint')}
          checked={mustChange}
          onChecked={setMustChange}
        />
      </ActionButton>
    </Row>
  )
}

interface EndSessionsProps {
  readonly user: User
  readonly onEnd: (personal: boolean) => Promise<void>
}

function EndSessions({ user, onEnd }: EndSessionsProps): ReactNode {
  const [personal, setPersonal] = useState(false)
  return (
    <Row title={t('end_sessions.title')} hint={t('end_sessions.hint')}>
      <ActionButton
        danger
        title={t('end_sessions.ask', { name: user.username })}
        lead={t('end_sessions.hint')}
        action={t('end_sessions.action')}
        act={() => onEnd(personal)}
      >
        <Check label={t('end_sessions.personal')} checked={personal} onChecked={setPersonal} />
      </ActionButton>
    </Row>
  )
}
