import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { kindOf, nameOf } from '../../authorizations/words.ts'
import { t } from '../../language/messages.ts'
import { Card, Row } from '../../parts/page.tsx'
import { Bone } from '../../parts/states.tsx'
import { Time } from '../../parts/time.tsx'
import type { Authorization } from '../../state/api.ts'
import type { List } from '../../state/list.ts'

const most = 6

/** What was used last in my name. */
export function Latest({ list }: { readonly list: List<Authorization> }): ReactNode {
  const used = list.items.filter(({ last_used_at: at }) => at !== null)
  const rows = used.toSorted((a, b) => usedAt(b) - usedAt(a)).slice(0, most)
  return (
    <Card title={t('latest.title')} bare>
      <div className="rows">
        {list.error ? <Row title="–" /> : null}
        {list.isLoading && (
          <div className="row">
            <Bone />
          </div>
        )}
        {!list.isLoading && !list.error && rows.length === 0 && (
          <Row title={t('latest.none')} hint={t('latest.none_hint')} />
        )}
        {rows.map((row) => (
          <Row
            key={row.id}
            title={
              <Link href={`/tokens/${row.id}`}>
                <bdi>{nameOf(row)}</bdi>
              </Link>
            }
            hint={[kindOf(row.kind), row.last_used_from?.address].filter(Boolean).join(' · ')}
          >
            <span className="muted">
              <Time at={row.last_used_at} />
            </span>
          </Row>
        ))}
      </div>
    </Card>
  )
}

const usedAt = ({ last_used_at: used, created_at: created }: Authorization): number => used ?? created
