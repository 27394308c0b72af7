import { type ReactNode, useState } from 'react'
import { useLocation, useParams } from 'wouter'
import { ActionButton } from '../../actions/action-dialog.tsx'
import { useProofs } from '../../actions/proof.tsx'
import { useAudit } from '../../audit/read.ts'
import { Story } from '../../audit/story.tsx'
import { scopeWords } from '../../authorizations/words.ts'
import { t } from '../../language/messages.ts'
import { duration } from '../../language/times.ts'
import { Id } from '../../parts/copy.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Card, Columns, Facts, Page, Row } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { say } from '../../parts/toasts.tsx'
import { api, type Schema, send } from '../../state/api.ts'
import { queries } from '../../state/queries.ts'
import { useRead } from '../../state/read.ts'
import { useApis } from '../../subjects/apis.ts'
import { type Client, clientsKey } from '../../subjects/names.tsx'
import { ApisField, type ClientApis } from './apis-field.tsx'
import { ClientSecret } from './client-secret.tsx'
import { ClientStatus } from './clients.tsx'
import { Secrets } from './secrets.tsx'

/** One client: what it may ask for, its secrets, its story, and its end. */
export function ClientDetail(): ReactNode {
  const { id = '' } = useParams<{ id: string }>()
  const path = { id }
  const read = useRead([clientsKey, id], (signal) => send(api.GET('/v1/clients/{id}', { params: { path }, signal })))
  const [made, setMade] = useState<Schema['CreatedClientCredential']>()
  const client = read.data
  if (made && client) return <ClientSecret client={client} credential={made} onStored={() => setMade(undefined)} />
  return (
    <Page
      title={client?.name ?? t('client.one')}
      lead={client?.type ?? undefined}
      back={{ to: '/clients', label: t('clients.title') }}
    >
      <Columns aside={!read.error && <ClientStory id={id} />}>
        <Loaded read={read}>
          {(shown) => (
            <>
              <ClientFacts client={shown} />
              <Secrets client={shown} onMade={setMade} />
              <ClientActions client={shown} />
            </>
          )}
        </Loaded>
      </Columns>
    </Page>
  )
}

const ClientStory = ({ id }: { readonly id: string }): ReactNode => (
  <Story title={t('story.title')} lead={t('story.of_client')} list={useAudit({ subject: id }, false)} />
)

const ClientFacts = ({ client }: { readonly client: Client }): ReactNode => (
  <Card>
    <Facts
      facts={[
        [t('authorization.state'), <ClientStatus key="state" client={client} />],
        [t('authorization.role'), t(`role.${client.role}`)],
        [
          t('authorization.apis'),
          client.apis.length === 0 ? (
            `${t('client.this_server')}: ${scopeWords(client.scope)}`
          ) : (
            <ul key="apis">
              {client.apis.map(({ identifier, scope = '' }) => (
                <li key={identifier}>
                  <code>{identifier}</code>
                  <div className="small muted">{scopeWords(scope)}</div>
                </li>
              ))}
            </ul>
          ),
        ],
        client.audience.length > 0 && [t('client.audience'), client.audience.join(', ')],
        [t('client.token_form'), <code key="form">{client.token_form}</code>],
        client.reuse_leeway_seconds > 0 && [t('client.leeway'), duration(client.reuse_leeway_seconds)],
        [t('authorization.created'), <Time key="created" at={client.created_at} reachable />],
        [t('client.id'), <Id key="id" id={client.id} whole />],
      ]}
    />
  </Card>
)

function ClientActions({ client }: { readonly client: Client }): ReactNode {
  const proofs = useProofs()
  const [, go] = useLocation()
  const { items: known } = useApis()
  const [apis, setApis] = useState<ClientApis>(client.apis)
  const path = { id: client.id }
  const change = async (body: Schema['ClientChange']) => {
    await proofs.recent(() => send(api.PATCH('/v1/clients/{id}', { params: { path }, body })))
    say(t('client.changed'))
    void queries.invalidateQueries({ queryKey: [clientsKey] })
    void queries.invalidateQueries({ queryKey: ['audit'] })
  }
  const verb = client.disabled ? 'enable' : 'disable'
  return (
    <Card tone="danger" bare>
      <div className="rows">
        <Row title={t('client.change_apis')} hint={t('client.change_apis_hint')}>
          <ActionButton
            label={t('client.change')}
            title={t('client.change_apis')}
            lead={t('client.change_apis_hint')}
            action={t('form.save')}
            onOpen={() => setApis(client.apis)}
            act={() => change({ apis })}
          >
            <ApisField apis={known} value={apis} onValue={setApis} />
          </ActionButton>
        </Row>
        <Row title={t(`${verb}_client.title`)} hint={t(`${verb}_client.hint`)}>
          <ActionButton
            danger={!client.disabled}
            title={t(`${verb}.ask`, { name: client.name })}
            lead={t(`${verb}_client.hint`)}
            action={t(`${verb}_client.action`)}
            act={() => change({ disabled: !client.disabled })}
          />
        </Row>
        <Row title={t('delete_client.title')} hint={t('delete_client.hint')}>
          <ActionButton
            danger
            title={t('delete_person.ask', { name: client.name })}
            lead={t('delete_client.hint')}
            action={t('delete_client.title')}
            act={async () => {
              await proofs.recent(() => send(api.DELETE('/v1/clients/{id}', { params: { path } })))
              go('/clients')
              say(t('delete_person.done', { name: client.name }))
              void queries.invalidateQueries({ queryKey: [clientsKey] })
            }}
          />
        </Row>
      </div>
    </Card>
  )
}
