import type { ReactNode } from 'react'
import { useLocation, useParams } from 'wouter'
import { ActionButton } from '../../actions/action-dialog.tsx'
import { t } from '../../language/messages.ts'
import { number } from '../../language/times.ts'
import { Id } from '../../parts/copy.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Card, Facts, Page, Row } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { say } from '../../parts/toasts.tsx'
import { api, send } from '../../state/api.ts'
import { mayAs, useMe } from '../../state/me.ts'
import { useRead } from '../../state/read.ts'
import { DropletStatus } from './droplets.tsx'
import { type DropletOf, deleteDroplet, dropletsKey, liveMilliseconds } from './read.ts'
import { VerbButton } from './verb-button.tsx'

export function Droplet(): ReactNode {
  const { id = '' } = useParams<{ id: string }>()
  const { role } = useMe()
  const path = { droplet: id }
  const read = useRead(
    [dropletsKey, id],
    (signal) => send(api.GET('/v1/droplets/{droplet}', { params: { path }, signal })),
    { every: liveMilliseconds },
  )
  const shown = read.data
  const isManager = mayAs(role, 'manager')
  const verbs = shown && isManager && (
    <>
      <VerbButton id={id} verb={shown.state === 'active' ? 'stop' : 'start'} />
      {shown.state === 'active' && <VerbButton id={id} verb="restart" />}
    </>
  )
  return (
    <Page
      title={shown?.name ?? t('droplet.one')}
      back={{ to: '/droplets', label: t('droplets.title') }}
      actions={verbs}
      narrow
    >
      <Loaded read={read}>
        {(one) => (
          <div className="stack" data-wide="">
            <DropletFacts one={one} />
            {isManager && <DeleteDroplet one={one} />}
          </div>
        )}
      </Loaded>
    </Page>
  )
}

const DropletFacts = ({ one }: { readonly one: DropletOf }): ReactNode => (
  <Card>
    <Facts
      facts={[
        [t('authorization.state'), <DropletStatus key="state" state={one.state} />],
        [t('droplet.number'), number(one.number)],
        [t('droplet.ports'), <Ports key="ports" one={one} />],
        [t('droplet.creator'), <bdi key="creator">{one.creator}</bdi>],
        [t('droplet.changed'), <Time key="changed" at={one.changed_at} reachable />],
        [t('authorization.created'), <Time key="created" at={one.created_at} reachable />],
        [t('authorization.id'), <Id key="id" id={one.id} whole />],
      ]}
    />
  </Card>
)

function Ports({ one: { ports } }: { readonly one: DropletOf }): ReactNode {
  const all = Object.entries(ports)
  if (all.length === 0) return <span className="muted">{t('droplet.no_ports')}</span>
  return (
    <ul>
      {all.map(([port, { protocol, address, port: published }]) => (
        <li key={port}>
          <code>
            {port}/{protocol} → {address}:{published}
          </code>
        </li>
      ))}
    </ul>
  )
}

function DeleteDroplet({ one }: { readonly one: DropletOf }): ReactNode {
  const [, go] = useLocation()
  return (
    <Card tone="danger" bare>
      <Row title={t('droplet.delete')} hint={t('droplet.delete_hint')}>
        <ActionButton
          danger
          title={t('droplet.delete_ask', { name: one.name })}
          lead={t('droplet.delete_hint')}
          action={t('droplet.delete')}
          act={async () => {
            await deleteDroplet(one.id)
            go('/droplets')
            say(t('delete_person.done', { name: one.name }))
          }}
        />
      </Row>
    </Card>
  )
}
