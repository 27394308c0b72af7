import { type ReactNode, useMemo } from 'react'
import { useAuthorizations } from '../../authorizations/read.ts'
import { t } from '../../language/messages.ts'
import { ButtonLink } from '../../parts/button.tsx'
import { Page } from '../../parts/page.tsx'
import { mayAs, useMe } from '../../state/me.ts'
import { Attention } from './attention.tsx'
import { Latest } from './latest.tsx'
import { OwnFigures } from './own-figures.tsx'
import { ServerFigures } from './server-figures.tsx'

/** What is live in my name, and what asks for attention. */
export function Overview(): ReactNode {
  const me = useMe()
  const list = useAuthorizations()
  const rows = useMemo(() => list.items, [list.items])
  const make = (
    <ButtonLink to="/tokens/new" kind="primary" icon="plus">
      {t('tokens.make')}
    </ButtonLink>
  )
  return (
    <Page title={t('overview.title')} lead={t('overview.lead', { name: me.username })} actions={make}>
      <div className="stack" data-wide="">
        <OwnFigures
          rows={rows}
          isLoading={list.isLoading}
          isUnknown={list.error !== null && list.error !== undefined}
        />
        <div className="two">
          <Attention list={list} />
          <Latest list={list} />
        </div>
        {mayAs(me.role, 'owner') && <ServerFigures />}
      </div>
    </Page>
  )
}
