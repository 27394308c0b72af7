import { type ReactNode, useState } from 'react'
import { useLocation, useParams } from 'wouter'
import { ActionButton } from '../../actions/action-dialog.tsx'
import { useProofs } from '../../actions/proof.tsx'
import { t } from '../../language/messages.ts'
import { duration } from '../../language/times.ts'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Card, Facts, Page, Row, Tags } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { say } from '../../parts/toasts.tsx'
import { api, send } from '../../state/api.ts'
import { queries } from '../../state/queries.ts'
import { useRead } from '../../state/read.ts'
import { type Api, apisKey } from '../../subjects/apis.ts'
import { type ApiDraft, ApiForm } from './api-form.tsx'

export function ApiDetail(): ReactNode {
  const { id = '' } = useParams<{ id: string }>()
  const proofs = useProofs()
  const path = { id }
  const read = useRead([apisKey, id], (signal) => send(api.GET('/v1/apis/{id}', { params: { path }, signal })))
  const [isChanging, setChanging] = useState(false)
  const change = async ({ identifier: _, ...body }: ApiDraft) => {
    await proofs.recent(() => send(api.PATCH('/v1/apis/{id}', { params: { path }, body })))
    void queries.invalidateQueries({ queryKey: [apisKey] })
    say(t('api.changed'))
    setChanging(false)
  }
  const shown = read.data
  return (
    <Page
      title={shown?.name ?? t('api.one')}
      lead={shown?.identifier}
      back={{ to: '/apis', label: t('apis.title') }}
      actions={
        shown && !shown.built_in && !isChanging && <Button onClick={() => setChanging(true)}>{t('api.change')}</Button>
      }
      narrow
    >
      <div className="stack" data-wide="">
        <Loaded read={read}>
          {(one) =>
            isChanging ? (
              <Card>
                <ApiForm
                  draft={one}
                  isFixed
                  action={t('form.save')}
                  onSubmit={(draft) => change(draftOf(draft))}
                  onCancel={() => setChanging(false)}
                />
              </Card>
            ) : (
              <>
                <ApiFacts one={one} />
                <Scopes one={one} />
                {!one.built_in && <RemoveApi one={one} />}
              </>
            )
          }
        </Loaded>
      </div>
    </Page>
  )
}

/** What of an API can be changed. */
const draftOf = (api: ApiDraft): ApiDraft => ({
  identifier: api.identifier,
  name: api.name,
  scopes: api.scopes,
  token_form: api.token_form,
  access_lifetime_seconds: api.access_lifetime_seconds,
  allowed_origins: api.allowed_origins,
  first_party: api.first_party,
})

const ApiFacts = ({ one }: { readonly one: Api }): ReactNode => (
  <Card>
    <Facts
      facts={[
        [
          t('api.identifier'),
          <span className="id" key="identifier">
            <code>{one.identifier}</code>
            <CopyButton text={one.identifier} label={t('api.copy_identifier')} />
          </span>,
        ],
        [t('api.form'), t(one.token_form === null ? 'api.form_default' : `api.form_${one.token_form}`)],
        [
          t('api.lifetime_of_tokens'),
          one.access_lifetime_seconds === null ? t('api.lifetime_default') : duration(one.access_lifetime_seconds),
        ],
        [
          t('api.origins'),
          one.allowed_origins.length === 0 ? t('api.no_origins') : <Tags values={one.allowed_origins} />,
        ],
        [t('api.who'), t(one.first_party ? 'api.everybody' : 'api.registered_only')],
        [
          t('authorization.created'),
          <Time key="at" at={one.built_in ? null : one.created_at} none={t('api.built_in')} reachable />,
        ],
      ]}
    />
  </Card>
)

const Scopes = ({ one }: { readonly one: Api }): ReactNode => (
  <Card title={t('api.scopes')} bare>
    <div className="rows">
      {one.scopes.length === 0 && <Row title={t('api.no_scopes')} hint={t('api.scopes_hint')} />}
      {one.scopes.map(({ name, description, least_role: least = 'viewer' }) => (
        <Row key={name} title={description} hint={<code>{name}</code>}>
          <span className="muted small">{t('api.from_role', { role: t(`role.${least}`) })}</span>
        </Row>
      ))}
    </div>
  </Card>
)

function RemoveApi({ one }: { readonly one: Api }): ReactNode {
  const proofs = useProofs()
  const [, go] = useLocation()
  const path = { id: one.id }
  return (
    <Card tone="danger" bare>
      <Row title={t('api.remove')} hint={t('api.remove_hint')}>
        <ActionButton
          danger
          title={t('api.remove_ask', { name: one.name })}
          lead={t('api.remove_hint')}
          action={t('api.remove')}
          act={async () => {
            await proofs.recent(() => send(api.DELETE('/v1/apis/{id}', { params: { path } })))
            go('/apis')
            say(t('api.removed'))
            void queries.invalidateQueries({ queryKey: [apisKey] })
          }}
        />
      </Row>
    </Card>
  )
}
