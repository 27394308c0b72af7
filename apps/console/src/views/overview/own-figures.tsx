import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { t } from '../../language/messages.ts'
import { number } from '../../language/times.ts'
import { Bone } from '../../parts/states.tsx'
import type { Authorization } from '../../state/api.ts'
import { useMe } from '../../state/me.ts'

interface OwnFiguresProps {
  readonly rows: readonly Authorization[]
  readonly isLoading: boolean
  /** It could not be read. */
  readonly isUnknown: boolean
}

export function OwnFigures({ rows, isLoading, isUnknown }: OwnFiguresProps): ReactNode {
  const me = useMe()
  const count = (kind: string) => (isUnknown ? '–' : number(rows.filter((row) => row.kind === kind).length))
  const isGuarded = me.required_factors.includes('totp')
  return (
    <div className="tiles">
      <Tile
        title={t('overview.tokens')}
        to="/tokens"
        isLoading={isLoading}
        figure={count('personal')}
        hint={t('overview.tokens_hint')}
      />
      <Tile
        title={t('overview.sessions')}
        to="/sessions"
        isLoading={isLoading}
        figure={count('session')}
        hint={t('overview.sessions_hint')}
      />
      <Tile
        title={t('overview.factors')}
        to="/security"
        isLoading={false}
        figure={number(me.required_factors.length)}
        hint={t(isGuarded ? 'overview.guarded' : 'overview.unguarded')}
      />
    </div>
  )
}

interface TileProps {
  readonly title: string
  readonly to: string
  readonly figure: string
  readonly hint?: string
  readonly isLoading: boolean
}

const Tile = ({ title, to, figure, hint, isLoading }: TileProps): ReactNode => (
  <div className="tile">
    <Link href={to}>{title}</Link>
    <span className="figure">{isLoading ? <Bone /> : figure}</span>
    {hint && <span className="muted small">{hint}</span>}
  </div>
)
