import type { ReactNode } from 'react'
import { language, t } from '../../language/messages.ts'
import type { Language } from '../../preferences.ts'

const names: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' }

interface LanguageSelectProps {
  readonly onLanguage: (language: Language) => Promise<void>
}

/** Each language by its own name. */
export const LanguageSelect = ({ onLanguage }: LanguageSelectProps): ReactNode => (
  <select
    className="input"
    aria-label={t('frame.language')}
    value={language()}
    onChange={({ target }) => void onLanguage(target.value as Language)}
  >
    {Object.entries(names).map(([value, name]) => (
      <option key={value} value={value} lang={value}>
        {name}
      </option>
    ))}
  </select>
)
