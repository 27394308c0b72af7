import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { StateOf } from '../../authorizations/columns.tsx'
import { nameOf, stateOf } from '../../authorizations/words.ts'
import { t } from '../../language/messages.ts'
import { ButtonLink } from '../../parts/button.tsx'
import { Card, Row } from '../../parts/page.tsx'
import { Bone, ErrorNotice } from '../../parts/states.tsx'
import { Time, useNow } from '../../parts/time.tsx'
import type { Authorization } from '../../state/api.ts'
import type { List } from '../../state/list.ts'
import { useMe } from '../../state/me.ts'

const most = 6

/** What its owner should look at: a weak sign-in, what expires soon, what nobody uses. */
export function Attention({ list }: { readonly list: List<Authorization> }): ReactNode {
  const me = useMe()
  const now = useNow()
  const rows = list.items.filter((row) => row.kind === 'personal' && stateOf(row, now) !== 'active')
  const lacksSecond = !me.required_factors.includes('totp')
  const lacksCodes = !lacksSecond && me.recovery_codes_left === 0
  const isCalm = !list.isLoading && !list.error && rows.length === 0 && !lacksSecond && !lacksCodes
  return (
    <Card title={t('attention.title')} bare>
      <div className="rows">
        {list.error ? (
          <div className="row">
            <ErrorNotice error={list.error} onRetry={list.retry} />
          </div>
        ) : null}
        {lacksSecond && (
          <Row title={t('attention.second')} hint={t('attention.second_hint')}>
            <ButtonLink to="/security" size="small">
              {t('totp.set_up')}
            </ButtonLink>
          </Row>
        )}
        {lacksCodes && (
          <Row title={t('attention.codes')} hint={t('attention.codes_hint')}>
            <ButtonLink to="/security" size="small">
              {t('recovery.make')}
            </ButtonLink>
          </Row>
        )}
        {rows.slice(0, most).map((row) => (
          <Row
            key={row.id}
            title={
              <Link href={`/tokens/${row.id}`}>
                <bdi>{nameOf(row)}</bdi>
              </Link>
            }
            hint={
              <>
                <StateOf row={row} /> · {t('authorization.expires')}{' '}
                <Time at={row.expires_at} none={t('authorization.never')} />
              </>
            }
          />
        ))}
        {list.isLoading && (
          <div className="row">
            <Bone />
          </div>
        )}
        {isCalm && <Row title={t('attention.calm')} hint={t('attention.calm_hint')} />}
      </div>
    </Card>
  )
}
