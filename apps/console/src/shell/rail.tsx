import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import icon from '../assets/icon.svg'
import { t } from '../language/messages.ts'
import { Icon } from '../parts/icon.tsx'
import { mayAs, useMe } from '../state/me.ts'
import { type Place, places } from './routes.ts'

/** Whether a page is the place's own, or one of its details. */
const isAt = (location: string, path: string): boolean =>
  path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`)

export function Rail({ children }: { readonly children?: ReactNode }): ReactNode {
  const { role } = useMe()
  const shown = places.filter(({ least }) => mayAs(role, least))
  const ofAll = shown.filter(({ group }) => group === 'everybody')
  return (
    <nav className="rail" aria-label={t('frame.menu')}>
      <Link href="/" className="brand">
        <img src={icon} alt="" />
        <span className="rail-word">Countersign</span>
      </Link>
      <Group title={t('frame.mine')} places={shown.filter(({ group }) => group === 'mine')} />
      {ofAll.length > 0 && <Group title={t('frame.everybody')} places={ofAll} />}
      <div className="rail-end">{children}</div>
    </nav>
  )
}

interface GroupProps {
  readonly title: string
  readonly places: readonly Place[]
}

function Group({ title, places: shown }: GroupProps): ReactNode {
  const [location] = useLocation()
  return (
    <div>
      <h2>{title}</h2>
      <ul>
        {shown.map(({ path, title: key, icon: name }) => (
          <li key={path}>
            <Link href={path} className="rail-link" aria-current={isAt(location, path) ? 'page' : undefined}>
              <Icon name={name} />
              <span className="rail-word">{t(key)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}
