import type { ReactNode } from 'react'
import { t } from '../language/messages.ts'
import { Card } from '../parts/page.tsx'
import { Bone, ErrorNotice } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import type { List } from '../state/list.ts'
import type { AuditEvent } from './read.ts'
import { detailsOf, toneOf, wordsOf } from './words.ts'

interface StoryProps {
  readonly title: string
  readonly lead: string
  readonly list: List<AuditEvent>
}

/** What happened, in the order in which it did: newest first. */
export function Story({ title, lead, list }: StoryProps): ReactNode {
  const events = list.items.toSorted((a, b) => b.at - a.at || b.sequence - a.sequence)
  return (
    <Card title={title} lead={lead}>
      {list.error ? <ErrorNotice error={list.error} onRetry={list.retry} /> : null}
      {list.isLoading && <Bone />}
      {!list.isLoading && !list.error && events.length === 0 && <p className="muted">{t('story.empty')}</p>}
      <ol className="timeline" aria-label={title}>
        {events.map((event) => (
          <Moment key={event.sequence} event={event} />
        ))}
      </ol>
    </Card>
  )
}

function Moment({ event }: { readonly event: AuditEvent }): ReactNode {
  const facts = [
    event.address && t('story.from', { address: event.address }),
    event.client_id && t('story.client', { client: event.client_id }),
    ...detailsOf(event),
  ].filter(Boolean)
  return (
    <li data-tone={toneOf(event)}>
      <div>
        <strong>{wordsOf(event.action)}</strong>{' '}
        <span className="muted">
          <Time at={event.at} reachable />
        </span>
      </div>
      {facts.length > 0 && <div className="small muted">{facts.join(' · ')}</div>}
    </li>
  )
}
