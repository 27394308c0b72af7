import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { useAction } from '../../actions/use-action.ts'
import { t } from '../../language/messages.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { Check } from '../../parts/form/choices.tsx'
import { SelectField, TextArea, TextField } from '../../parts/form/fields.tsx'
import { ErrorNotice } from '../../parts/states.tsx'
import { membersOf } from '../../state/errors.ts'
import type { Api } from '../../subjects/apis.ts'

export type ApiDraft = Pick<
  Api,
  'identifier' | 'name' | 'scopes' | 'token_form' | 'allowed_origins' | 'first_party' | 'access_lifetime_seconds'
>

type Scope = Api['scopes'][number]

interface ApiFormProps {
  readonly draft: ApiDraft
  readonly action: string
  /** Whether the identifier is given already. */
  readonly isFixed?: boolean
  readonly onSubmit: (draft: ApiDraft) => Promise<unknown>
  readonly onCancel: () => void
}

export function ApiForm({ draft, action, isFixed = false, onSubmit, onCancel }: ApiFormProps): ReactNode {
  const [api, setApi] = useState(draft)
  const [origins, setOrigins] = useState(draft.allowed_origins.join('\n'))
  const [lifetime, setLifetime] = useState(`${draft.access_lifetime_seconds ?? ''}`)
  const { run, pending, error } = useAction()
  const faults = membersOf(error)
  const set = (change: Partial<ApiDraft>) => setApi({ ...api, ...change })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const allowed = origins.split(/\s+/).filter(Boolean)
    const seconds = lifetime.trim() === '' ? null : Number(lifetime)
    void run(() => onSubmit({ ...api, allowed_origins: allowed, access_lifetime_seconds: seconds }))
  }
  return (
    <form className="stack" data-wide="" onSubmit={submit} aria-label={action}>
      {!isFixed && (
        <TextField
          label={t('api.identifier')}
          hint={t('api.identifier_hint')}
          type="url"
          placeholder="https://orders.example"
          required
          value={api.identifier}
          onValue={(identifier) => set({ identifier })}
          fault={faults.identifier}
        />
      )}
      <TextField
        label={t('authorization.name')}
        required
        maxLength={64}
        autoComplete="off"
        value={api.name}
        onValue={(name) => set({ name })}
        fault={faults.name}
      />
      <ScopesField scopes={api.scopes} onScopes={(scopes) => set({ scopes: [...scopes] })} />
      <SelectField
        label={t('api.form')}
        hint={t('api.form_hint')}
        value={api.token_form ?? ''}
        onValue={(form) => set({ token_form: form === 'jwt' || form === 'opaque' ? form : null })}
        choices={[
          { value: '', label: t('api.form_default') },
          { value: 'jwt', label: t('api.form_jwt') },
          { value: 'opaque', label: t('api.form_opaque') },
        ]}
      />
      <TextField
        label={t('api.lifetime')}
        hint={t('api.lifetime_hint')}
        optional
        type="number"
        min={60}
        max={3600}
        value={lifetime}
        onValue={setLifetime}
        fault={faults.access_lifetime_seconds}
      />
      <TextArea
        label={t('api.origins')}
        hint={t('api.origins_hint')}
        optional
        placeholder="https://app.example"
        value={origins}
        onValue={setOrigins}
        fault={faults.allowed_origins}
      />
      <Check
        label={t('api.first_party')}
        hint={t('api.first_party_hint')}
        checked={api.first_party}
        onChecked={(checked) => set({ first_party: checked })}
      />
      {error !== undefined && <ErrorNotice error={error} />}
      <div className="actions">
        <Button kind="primary" type="submit" pending={pending}>
          {action}
        </Button>
        <Button onClick={onCancel}>{t('form.cancel')}</Button>
      </div>
    </form>
  )
}

interface ScopesFieldProps {
  readonly scopes: readonly Scope[]
  readonly onScopes: (scopes: readonly Scope[]) => void
}

/** Each scope with what it permits, in a sentence. */
function ScopesField({ scopes, onScopes }: ScopesFieldProps): ReactNode {
  const id = useId()
  const change = (index: number, change: Partial<Scope>) =>
    onScopes(scopes.map((scope, at) => (at === index ? { ...scope, ...change } : scope)))
  return (
    <fieldset className="stack" aria-describedby={`${id}-hint`}>
      <legend className="legend">
        {t('api.scopes')}
        <div className="hint" id={`${id}-hint`}>
          {t('api.scopes_hint')}
        </div>
      </legend>
      {scopes.map((scope, index) => (
        <div className="scope-row" key={index}>
          <TextField
            label={t('authorization.name')}
            required
            maxLength={64}
            placeholder="orders:read"
            value={scope.name}
            onValue={(name) => change(index, { name })}
          />
          <TextField
            label={t('api.permits')}
            required
            maxLength={256}
            value={scope.description}
            onValue={(description) => change(index, { description })}
          />
          <SelectField
            label={t('api.least_role')}
            value={scope.least_role ?? 'viewer'}
            onValue={(role) => change(index, { least_role: role === 'owner' || role === 'manager' ? role : 'viewer' })}
            choices={(['viewer', 'manager', 'owner'] as const).map((role) => ({
              value: role,
              label: t(`role.${role}`),
            }))}
          />
          <IconButton
            icon="cross"
            label={t('api.remove_scope')}
            onClick={() => onScopes(scopes.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <div>
        <Button
          icon="plus"
          size="small"
          onClick={() => onScopes([...scopes, { name: '', description: '', least_role: 'viewer' }])}
        >
          {t('api.add_scope')}
        </Button>
      </div>
    </fieldset>
  )
}
