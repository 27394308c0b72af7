import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { wordsOf } from '../../audit/words.ts'
import { nameOf } from '../../authorizations/words.ts'
import { t, wordFor } from '../../language/messages.ts'
import { dayOf, number } from '../../language/times.ts'
import { Card, Row, Status } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import type { Schema } from '../../state/api.ts'
import { SubjectLink } from '../../subjects/names.tsx'

type Statistics = Schema['Statistics']

const most = 5

export const Alarms = ({ data }: { readonly data: Statistics }): ReactNode => (
  <div className="two">
    <Card title={t('alarms.title')} lead={t('alarms.lead')} bare>
      <div className="rows">
        {[...data.reuse_alarms, ...data.lockouts]
          .toSorted((a, b) => b.at - a.at)
          .slice(0, most)
          .map((event) => (
            <Row
              key={event.sequence}
              title={<Status tone="bad">{wordsOf(event.action)}</Status>}
              hint={<SubjectLink subject={event.subject} />}
            >
              <Link
                href={
                  event.authorization_id ? `/all-tokens/${event.authorization_id}` : `/audit?action=${event.action}`
                }
              >
                <Time at={event.at} />
              </Link>
            </Row>
          ))}
        {data.reuse_alarms.length + data.lockouts.length === 0 && (
          <Row title={t('alarms.none')} hint={t('alarms.none_hint')} />
        )}
      </div>
    </Card>
    <Card title={t('advisories.title')} lead={t('advisories.lead')} bare>
      <div className="rows">
        {data.advisories.map(({ code, since, until, count }) => (
          <Row
            key={code}
            title={<Status tone="warning">{wordFor('advisory', code)}</Status>}
            hint={[since && dayOf(since), until && dayOf(until), count !== null && number(count)]
              .filter(Boolean)
              .join(' · ')}
          />
        ))}
        {data.expiring_tokens.slice(0, most).map((row) => (
          <Row
            key={row.id}
            title={
              <Link href={`/all-tokens/${row.id}`}>
                <bdi>{nameOf(row)}</bdi>
              </Link>
            }
            hint={row.subject.name}
          >
            <span className="muted">
              {t('authorization.expires')} <Time at={row.expires_at} />
            </span>
          </Row>
        ))}
        {data.advisories.length + data.expiring_tokens.length === 0 && (
          <Row title={t('advisories.none')} hint={t('advisories.none_hint')} />
        )}
      </div>
    </Card>
  </div>
)
