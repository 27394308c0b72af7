import { type ReactNode, useId, useRef, useState } from 'react'
import { useAction } from '../actions/use-action.ts'
import { t } from '../language/messages.ts'
import { Button } from '../parts/button.tsx'
import { LanguageSelect } from '../parts/form/language-select.tsx'
import { Icon } from '../parts/icon.tsx'
import { ErrorNotice } from '../parts/states.tsx'
import { applyTheme, type Language, preferences, setPreferences, type Theme } from '../preferences.ts'
import { useMe } from '../state/me.ts'
import { signOut } from '../state/sign-in.ts'

interface UserMenuProps {
  readonly onLanguage: (language: Language) => Promise<void>
}

/** Who I am, how it looks, and the way out. */
export function UserMenu({ onLanguage }: UserMenuProps): ReactNode {
  const me = useMe()
  const id = useId()
  const menu = useRef<HTMLDivElement>(null)
  const { run, pending, error } = useAction()
  return (
    <>
      <button
        type="button"
        className="button account"
        data-kind="quiet"
        popoverTarget={id}
        aria-label={t('frame.account', { name: me.username })}
      >
        <Icon name="person" />
        <span className="word" dir="auto">
          {me.username}
        </span>
      </button>
      <div ref={menu} id={id} popover="auto" className="menu">
        <div className="who">
          <strong dir="auto">{me.username}</strong>
          <span className="muted small">{t(`role.${me.role}`)}</span>
        </div>
        <hr />
        <ThemeLine />
        <div className="line">
          <span>{t('frame.language')}</span>
          <LanguageSelect onLanguage={onLanguage} />
        </div>
        <hr />
        <Button kind="quiet" icon="out" pending={pending} onClick={() => void run(signOut)}>
          {t('frame.sign_out')}
        </Button>
        {error !== undefined && <ErrorNotice error={error} />}
      </div>
    </>
  )
}

const themes: readonly Theme[] = ['system', 'light', 'dark']

function ThemeLine(): ReactNode {
  const id = useId()
  const [theme, setTheme] = useState(preferences().theme)
  const choose = (value: string) => {
    const chosen = themes.find((one) => one === value) ?? 'system'
    setPreferences({ theme: chosen })
    applyTheme(chosen)
    setTheme(chosen)
  }
  return (
    <div className="line">
      <label htmlFor={id}>{t('frame.theme')}</label>
      <select id={id} className="input" value={theme} onChange={({ target }) => choose(target.value)}>
        {themes.map((one) => (
          <option key={one} value={one}>
            {t(`theme.${one}`)}
          </option>
        ))}
      </select>
    </div>
  )
}
