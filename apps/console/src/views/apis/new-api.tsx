import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { useProofs } from '../../actions/proof.tsx'
import { t } from '../../language/messages.ts'
import { Card, Page } from '../../parts/page.tsx'
import { say } from '../../parts/toasts.tsx'
import { api, send } from '../../state/api.ts'
import { queries } from '../../state/queries.ts'
import { apisKey } from '../../subjects/apis.ts'
import { type ApiDraft, ApiForm } from './api-form.tsx'

const empty: ApiDraft = {
  identifier: '',
  name: '',
  scopes: [],
  token_form: null,
  access_lifetime_seconds: null,
  allowed_origins: [],
  first_party: true,
}

export function NewApi(): ReactNode {
  const proofs = useProofs()
  const [, go] = useLocation()
  const register = async (body: ApiDraft) => {
    const made = await proofs.recent(() => send(api.POST('/v1/apis', { body })))
    void queries.invalidateQueries({ queryKey: [apisKey] })
    say(t('api.registered'))
    go(`/apis/${made.id}`)
  }
  return (
    <Page title={t('apis.make')} lead={t('new_api.lead')} back={{ to: '/apis', label: t('apis.title') }} narrow>
      <Card>
        <ApiForm draft={empty} action={t('apis.make')} onSubmit={register} onCancel={() => go('/apis')} />
      </Card>
    </Page>
  )
}
