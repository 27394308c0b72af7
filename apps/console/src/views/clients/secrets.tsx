import { type ReactNode, useState } from 'react'
import { ActionButton } from '../../actions/action-dialog.tsx'
import { useProofs } from '../../actions/proof.tsx'
import { t } from '../../language/messages.ts'
import { Id } from '../../parts/copy.tsx'
import { RadioGroup } from '../../parts/form/choices.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Card, Row, Status } from '../../parts/page.tsx'
import { Time, useNow } from '../../parts/time.tsx'
import { say } from '../../parts/toasts.tsx'
import { api, type Schema, send } from '../../state/api.ts'
import { queries } from '../../state/queries.ts'
import { useRead } from '../../state/read.ts'
import { type Client, clientsKey } from '../../subjects/names.tsx'
import { ExpiryChoice, expiryOf } from './expiry-choice.tsx'

type Credential = Schema['ClientCredential']

interface SecretsProps {
  readonly client: Client
  readonly onMade: (credential: Schema['CreatedClientCredential']) => void
}

const day = 86_400
const soonDays = 14
const shorter = ['0', '1', '7', '30'] as const

/** A client's secrets, which are its access keys in the dialect of Lyve, by id: none is ever shown again. */
export function Secrets({ client, onMade }: SecretsProps): ReactNode {
  const proofs = useProofs()
  const path = { id: client.id }
  const read = useRead([clientsKey, client.id, 'credentials'], (signal) =>
    send(api.GET('/v1/clients/{id}/credentials', { params: { path }, signal })),
  )
  const [days, setDays] = useState('never')
  const make = async () => {
    const body = expiryOf(days)
    onMade(await proofs.recent(() => send(api.POST('/v1/clients/{id}/credentials', { params: { path }, body }))))
    void queries.invalidateQueries({ queryKey: [clientsKey] })
  }
  const replace = (
    <ActionButton
      title={t('secrets.replace_ask')}
      lead={t('secrets.replace_hint')}
      action={t('secrets.replace')}
      onOpen={() => setDays('never')}
      act={make}
    >
      <ExpiryChoice days={days} onDays={setDays} />
    </ActionButton>
  )
  return (
    <Card title={t('secrets.title')} lead={t('secrets.lead')} actions={replace} bare>
      <div className="rows">
        <Loaded read={read}>
          {({ credentials }) =>
            credentials.toReversed().map((one) => <OneSecret key={one.id} client={client} credential={one} />)
          }
        </Loaded>
      </div>
    </Card>
  )
}

function OneSecret({ client, credential }: { readonly client: Client; readonly credential: Credential }): ReactNode {
  const proofs = useProofs()
  const [days, setDays] = useState('7')
  const path = { id: client.id, credentialId: credential.id }
  const after = () => {
    void queries.invalidateQueries({ queryKey: [clientsKey] })
    void queries.invalidateQueries({ queryKey: ['audit'] })
    say(t('secrets.changed'))
  }
  const shorten = async () => {
    const body = { expires_in: Number(days) * day }
    await proofs.recent(() =>
      send(api.PATCH('/v1/clients/{id}/credentials/{credentialId}', { params: { path }, body })),
    )
    after()
  }
  const revoke = async () => {
    await proofs.recent(() => send(api.DELETE('/v1/clients/{id}/credentials/{credentialId}', { params: { path } })))
    after()
  }
  return (
    <Row
      title={
        <>
          <Id id={credential.id} whole /> <State credential={credential} />
        </>
      }
      hint={
        <>
          {t('authorization.created')} <Time at={credential.created_at} reachable /> · {t('authorization.expires')}{' '}
          <Time at={credential.expires_at} none={t('authorization.never')} reachable />
        </>
      }
    >
      {credential.active && (
        <>
          <ActionButton
            size="small"
            title={t('secrets.shorten_ask')}
            lead={t('secrets.shorten_hint')}
            action={t('secrets.shorten')}
            act={shorten}
          >
            <RadioGroup
              legend={t('secrets.ends')}
              inRow
              value={days}
              onValue={setDays}
              choices={shorter.map((value) => ({
                value,
                label: value === '0' ? t('secrets.now') : t('secrets.in_days', { count: Number(value) }),
              }))}
            />
          </ActionButton>
          <ActionButton
            danger
            size="small"
            title={t('secrets.revoke_ask')}
            lead={t('secrets.revoke_hint')}
            action={t('secrets.revoke')}
            label={t('revoke.short')}
            act={revoke}
          />
        </>
      )}
    </Row>
  )
}

function State({ credential }: { readonly credential: Credential }): ReactNode {
  const { active, revoked_at: revoked, expires_at: expires } = credential
  const now = useNow()
  if (!active) return <Status tone="plain">{t(revoked === null ? 'secrets.expired' : 'secrets.revoked')}</Status>
  if (expires !== null && expires - now < soonDays * day)
    return <Status tone="warning">{t('state.expires_soon')}</Status>
  return <Status tone="good">{t('person.active')}</Status>
}
