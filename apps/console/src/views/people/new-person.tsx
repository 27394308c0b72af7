import { type FormEvent, type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import { useProofs } from '../../actions/proof.tsx'
import { useAction } from '../../actions/use-action.ts'
import { t } from '../../language/messages.ts'
import { AuthenticatorSetup } from '../../parts/authenticator-setup.tsx'
import { Button, ButtonLink } from '../../parts/button.tsx'
import { Check, RadioGroup } from '../../parts/form/choices.tsx'
import { PasswordField, TextField } from '../../parts/form/fields.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { ErrorNotice, Notice } from '../../parts/states.tsx'
import { api, type Schema, send } from '../../state/api.ts'
import { membersOf } from '../../state/errors.ts'
import { queries } from '../../state/queries.ts'
import { usersKey } from '../../subjects/names.tsx'

const factorChoices = { password: ['password'], both: ['password', 'totp'], totp: ['totp'] } as const
type FactorChoice = keyof typeof factorChoices

const keyOf = (value: string): FactorChoice => (value === 'both' || value === 'totp' ? value : 'password')

export function NewPerson(): ReactNode {
  const proofs = useProofs()
  const [, go] = useLocation()
  const [username, setUsername] = useState('')
  const [role, setRole] = useState<'viewer' | 'manager'>('viewer')
  const [factors, setFactors] = useState<FactorChoice>('password')
  const [password, setPassword] = useState('')
  const [mustChange, setMustChange] = useState(true)
  const [made, setMade] = useState<Schema['CreatedUser']>()
  const { run, pending, error } = useAction()
  const hasPassword = factors !== 'totp'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void run(async () => {
      const own = hasPassword ? { password, ...(mustChange ? { must_change: true as const } : {}) } : {}
      const body = { username, role, required_factors: [...factorChoices[factors]], ...own }
      const user = await proofs.recent(() => send(api.POST('/v1/users', { body })))
      void queries.invalidateQueries({ queryKey: [usersKey] })
      if (user.totp) setMade(user)
      else go(`/people/${user.id}`)
    })
  }
  if (made?.totp) return <PersonMade made={made} setup={made.totp} onStored={() => go(`/people/${made.id}`)} />
  return (
    <Page
      title={t('people.make')}
      lead={t('new_person.lead')}
      back={{ to: '/people', label: t('people.title') }}
      narrow
    >
      <Card>
        <form className="stack" data-wide="" onSubmit={submit} aria-label={t('people.make')}>
          <TextField
            label={t('form.username')}
            hint={t('new_person.name_hint')}
            required
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            value={username}
            onValue={setUsername}
            fault={membersOf(error).username}
          />
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
          <RadioGroup
            legend={t('new_person.factors')}
            inRow
            value={factors}
            onValue={(value) => setFactors(keyOf(value))}
            choices={(['password', 'both', 'totp'] as const).map((value) => ({
              value,
              label: t(`new_person.${value}`),
            }))}
          />
          {hasPassword && (
            <>
              <PasswordField
                label={t('form.password')}
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
            </>
          )}
          {error !== undefined && <ErrorNotice error={error} />}
          <div className="actions">
            <Button kind="primary" type="submit" pending={pending}>
              {t('people.make')}
            </Button>
            <ButtonLink to="/people">{t('form.cancel')}</ButtonLink>
          </div>
        </form>
      </Card>
    </Page>
  )
}

interface PersonMadeProps {
  readonly made: Schema['CreatedUser']
  readonly setup: Schema['TotpSetup']
  readonly onStored: () => void
}

/** The authenticator's secret, once. */
const PersonMade = ({ made, setup, onStored }: PersonMadeProps): ReactNode => (
  <Page title={t('new_person.made', { name: made.username })} narrow>
    <Card>
      <div className="stack">
        <Notice tone="warning" title={t('secret.once')} live>
          {t('new_person.hand_over')}
        </Notice>
        <AuthenticatorSetup setup={setup} />
        <div>
          <Button kind="primary" onClick={onStored}>
            {t('secret.stored')}
          </Button>
        </div>
      </div>
    </Card>
  </Page>
)
