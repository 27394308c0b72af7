import { type ReactNode, useEffect, useState } from 'react'
import icon from '../../assets/icon.svg'
import { t } from '../../language/messages.ts'
import { LanguageSelect } from '../../parts/form/language-select.tsx'
import { Notice } from '../../parts/states.tsx'
import type { Language } from '../../preferences.ts'
import type { Ended } from '../../state/queries.ts'
import { ChangeStep } from './change-step.tsx'
import { CredentialsStep } from './credentials-step.tsx'
import { EnrolStep } from './enrol-step.tsx'
import type { Unfinished } from './unfinished.ts'

interface SignInProps {
  readonly ended: Ended | undefined
  readonly onLanguage: (language: Language) => Promise<void>
}

/** The steps of a sign-in: one form each. The address stays what it is, and shows its page afterwards. */
export function SignIn({ ended, onLanguage }: SignInProps): ReactNode {
  const [unfinished, setUnfinished] = useState<Unfinished>()
  const [username, setUsername] = useState('')
  const [told, setTold] = useState<string>()
  useEffect(() => {
    document.title = `${t('sign_in.title')} · Countersign`
  }, [])
  const again = (sentence: string) => {
    setUsername(unfinished?.credentials.username ?? '')
    setUnfinished(undefined)
    setTold(sentence)
  }
  return (
    <div className="sign-in" data-step={unfinished?.step}>
      <main>
        <div className="brand">
          <img src={icon} alt="" />
          Countersign
        </div>
        {told === undefined && ended && !unfinished && (
          <Notice tone={ended === 'over' ? 'warning' : 'plain'} live>
            {t(ended === 'over' ? 'sign_in.over' : 'sign_in.signed_out')}
          </Notice>
        )}
        {told !== undefined && (
          <Notice tone="good" live>
            {told}
          </Notice>
        )}
        {!unfinished && <CredentialsStep username={username} onUnfinished={setUnfinished} />}
        {unfinished?.step === 'password' && <ChangeStep {...unfinished} onDone={again} />}
        {unfinished?.step === 'authenticator' && <EnrolStep {...unfinished} onDone={again} />}
      </main>
      <footer>
        <LanguageSelect onLanguage={onLanguage} />
      </footer>
    </div>
  )
}
