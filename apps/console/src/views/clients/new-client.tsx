import { type FormEvent, type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import { useProofs } from '../../actions/proof.tsx'
import { useAction } from '../../actions/use-action.ts'
import { t } from '../../language/messages.ts'
import { Button, ButtonLink } from '../../parts/button.tsx'
import { RadioGroup } from '../../parts/form/choices.tsx'
import { TextField } from '../../parts/form/fields.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { ChoicesSkeleton, ErrorNotice } from '../../parts/states.tsx'
import { api, type Schema, send } from '../../state/api.ts'
import { membersOf } from '../../state/errors.ts'
import { queries } from '../../state/queries.ts'
import { useApis } from '../../subjects/apis.ts'
import { clientsKey } from '../../subjects/names.tsx'
import { ApisField, type ClientApis } from './apis-field.tsx'
import { ClientSecret } from './client-secret.tsx'
import { ExpiryChoice, expiryOf } from './expiry-choice.tsx'

export function NewClient(): ReactNode {
  const proofs = useProofs()
  const [, go] = useLocation()
  const { items: known, isLoading } = useApis()
  const [name, setName] = useState('')
  const [role, setRole] = useState<'viewer' | 'manager'>('viewer')
  const [apis, setApis] = useState<ClientApis>([])
  const [days, setDays] = useState('365')
  const [made, setMade] = useState<Schema['CreatedClient']>()
  const { run, pending, error } = useAction()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void run(async () => {
      const body = { name: name.trim(), role, apis, ...expiryOf(days) }
      setMade(await proofs.recent(() => send(api.POST('/v1/clients', { body }))))
      void queries.invalidateQueries({ queryKey: [clientsKey] })
    })
  }
  if (made) {
    return (
      <ClientSecret
        client={made.client}
        credential={made.credential}
        onStored={() => go(`/clients/${made.client.id}`)}
      />
    )
  }
  return (
    <Page
      title={t('clients.make')}
      lead={t('new_client.lead')}
      back={{ to: '/clients', label: t('clients.title') }}
      narrow
    >
      <Card>
        <form className="stack" data-wide="" onSubmit={submit} aria-label={t('clients.make')}>
          <TextField
            label={t('authorization.name')}
            hint={t('new_client.name_hint')}
            required
            maxLength={64}
            autoComplete="off"
            value={name}
            onValue={setName}
            fault={membersOf(error).name}
          />
          {isLoading ? (
            <ChoicesSkeleton legend={t('client.apis')} />
          ) : (
            <ApisField apis={known} value={apis} onValue={setApis} />
          )}
          <RadioGroup
            legend={t('new_client.role')}
            value={role}
            onValue={(value) => setRole(value === 'manager' ? 'manager' : 'viewer')}
            choices={(['viewer', 'manager'] as const).map((value) => ({
              value,
              label: t(`role.${value}`),
              hint: t(`role.${value}.hint`),
            }))}
          />
          <ExpiryChoice days={days} onDays={setDays} />
          {error !== undefined && <ErrorNotice error={error} />}
          <div className="actions">
            <Button kind="primary" type="submit" pending={pending}>
              {t('clients.make')}
            </Button>
            <ButtonLink to="/clients">{t('form.cancel')}</ButtonLink>
          </div>
        </form>
      </Card>
    </Page>
  )
}
