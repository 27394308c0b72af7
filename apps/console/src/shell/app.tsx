import { type ReactNode, useEffect, useState } from 'react'
import { Router } from 'wouter'
import { ProofProvider } from '../actions/proof.tsx'
import { loadMessages } from '../language/messages.ts'
import { ErrorNotice } from '../parts/states.tsx'
import { Toasts } from '../parts/toasts.tsx'
import { useTooltips } from '../parts/tooltip.tsx'
import { type Language, setPreferences } from '../preferences.ts'
import { MeContext, useSession } from '../state/me.ts'
import { sessionBegun, sessionEnded, whyEnded } from '../state/queries.ts'
import { onOtherTab } from '../state/tabs.ts'
import { SignIn } from '../views/sign-in/sign-in.tsx'
import { PageBoundary } from './boundary.tsx'
import { Frame } from './frame.tsx'

/** The page: the sign-in, or what the session may see, at the same address. So no address ever leads elsewhere. */
export function App(): ReactNode {
  const [language, setLanguage] = useState(document.documentElement.lang)
  useTooltips()
  useEffect(
    () =>
      onOtherTab((told) => {
        if (told === 'signed_out') sessionEnded('over')
        else void sessionBegun()
      }),
    [],
  )
  const speak = async (next: Language) => {
    await loadMessages(next)
    setPreferences({ language: next })
    setLanguage(next)
  }
  return (
    <Router base="/console">
      {/* Another language is another page: every word of it. */}
      <PageBoundary>
        <Content key={language} onLanguage={speak} />
      </PageBoundary>
      <Toasts />
    </Router>
  )
}

interface ContentProps {
  readonly onLanguage: (language: Language) => Promise<void>
}

function Content({ onLanguage }: ContentProps): ReactNode {
  const { data: me, error, refetch } = useSession()
  if (me) {
    return (
      <MeContext value={me}>
        <ProofProvider>
          <Frame onLanguage={onLanguage} />
        </ProofProvider>
      </MeContext>
    )
  }
  if (me === null) return <SignIn ended={whyEnded()} onLanguage={onLanguage} />
  if (!error) return null
  return (
    <main className="content" data-narrow="">
      <ErrorNotice error={error} onRetry={() => void refetch()} />
    </main>
  )
}
