import type { ReactNode } from 'react'
import type { AuditEvent } from '../../audit/read.ts'
import { detailsOf, toneOf, wordsOf } from '../../audit/words.ts'
import { t } from '../../language/messages.ts'
import { Status } from '../../parts/page.tsx'
import type { Column } from '../../parts/table/columns.ts'
import { Time } from '../../parts/time.tsx'
import { SubjectLink } from '../../subjects/names.tsx'

type NameOf = (id: string) => string | undefined

export const columnsOfEvents = (nameOf: NameOf): readonly Column<AuditEvent>[] => [
  { id: 'action', title: t('audit.action'), cell: (event) => <Action event={event} />, width: '24%' },
  { id: 'at', title: t('audit.when'), cell: ({ at }) => <Time at={at} />, width: '14%' },
  {
    id: 'actor',
    title: t('audit.actor'),
    cell: ({ actor }) => <SubjectLink subject={actor} nameOf={nameOf} />,
    width: '15%',
  },
  {
    id: 'subject',
    title: t('audit.about'),
    cell: ({ subject }) => (subject ? <SubjectLink subject={subject} nameOf={nameOf} /> : '–'),
    width: '15%',
  },
  { id: 'address', title: t('audit.from'), cell: ({ address }) => address ?? '–', width: '13%', low: true },
  { id: 'detail', title: t('audit.detail'), cell: (event) => detailsOf(event).join(' · ') || '–' },
]

const Action = ({ event }: { readonly event: AuditEvent }): ReactNode => (
  <Status tone={toneOf(event)}>{wordsOf(event.action)}</Status>
)
