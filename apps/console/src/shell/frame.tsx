import { type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { t } from '../language/messages.ts'
import { ButtonLink, IconButton } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Page } from '../parts/page.tsx'
import { Empty, FactsSkeleton } from '../parts/states.tsx'
import { type Language, preferences, setPreferences } from '../preferences.ts'
import { mayAs, useMe } from '../state/me.ts'
import { PageBoundary } from './boundary.tsx'
import { PaletteButton } from './palette-button.tsx'
import { Rail } from './rail.tsx'
import { details, places } from './routes.ts'
import { UserMenu } from './user-menu.tsx'

interface FrameProps {
  readonly onLanguage: (language: Language) => Promise<void>
}

/** The rail, the bar, and the page between them. */
export function Frame({ onLanguage }: FrameProps): ReactNode {
  const [folded, setFolded] = useState(preferences().railFolded)
  const [isSheet, setSheet] = useState(false)
  const [location] = useLocation()
  useFocusOnNewPage(location)
  useEffect(() => setSheet(false), [location])
  const fold = () => {
    setPreferences({ railFolded: !folded })
    setFolded(!folded)
  }
  return (
    <div className="shell" data-folded={folded || undefined}>
      <a href="#page" className="button skip">
        {t('frame.skip')}
      </a>
      <Rail>
        <IconButton
          icon="fold"
          label={folded ? t('frame.unfold') : t('frame.fold')}
          aria-pressed={folded}
          onClick={fold}
        />
      </Rail>
      <div className="main">
        <header className="bar">
          <span className="only-narrow">
            <IconButton icon="menu" label={t('frame.menu')} onClick={() => setSheet(true)} />
          </span>
          <PaletteButton />
          <UserMenu onLanguage={onLanguage} />
        </header>
        <main id="page" tabIndex={-1}>
          <PageBoundary key={location}>
            <Suspense fallback={<Loading />}>
              <Pages />
            </Suspense>
          </PageBoundary>
        </main>
      </div>
      {isSheet && (
        <Dialog className="sheet" title={t('frame.menu')} hasOwnHead onClose={() => setSheet(false)}>
          <Rail />
        </Dialog>
      )}
    </div>
  )
}

function Pages(): ReactNode {
  const { role } = useMe()
  const allowed = [...places, ...details].filter(({ least }) => mayAs(role, least))
  // The longer one first: `/tokens/new` before `/tokens/:id`.
  const routes = allowed.toSorted((a, b) => Number(a.path.includes(':')) - Number(b.path.includes(':')))
  return (
    <Switch>
      {routes.map(({ path, view: View }) => (
        <Route key={path} path={path}>
          <View />
        </Route>
      ))}
      <Route>
        <NoPage />
      </Route>
    </Switch>
  )
}

const NoPage = (): ReactNode => (
  <Page title={t('nothing.title')}>
    <div className="card">
      <Empty icon="search" title={t('nothing.head')} actions={<ButtonLink to="/">{t('nothing.action')}</ButtonLink>}>
        {t('nothing.lead')}
      </Empty>
    </div>
  </Page>
)

const Loading = (): ReactNode => (
  <div className="content">
    <div className="page-head">
      <h1>
        <span className="bone" />
      </h1>
    </div>
    <FactsSkeleton />
  </div>
)

/** A new page is read from its title on, as after a load. The first page keeps the browser's own focus. */
function useFocusOnNewPage(location: string): void {
  const last = useRef(location)
  useEffect(() => {
    if (last.current === location) return
    last.current = location
    scrollTo(0, 0)
    document.getElementById('page')?.focus({ preventScroll: true })
  }, [location])
}
