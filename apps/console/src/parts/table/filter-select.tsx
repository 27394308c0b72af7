import type { ReactNode } from 'react'
import { t } from '../../language/messages.ts'
import type { Choice } from '../form/fields.tsx'

interface FilterSelectProps {
  readonly label: string
  readonly choices: readonly Choice[]
  readonly value: string
  readonly onValue: (value: string) => void
}

/** Chooses one value, or all. */
export const FilterSelect = ({ label, choices, value, onValue }: FilterSelectProps): ReactNode => (
  <select className="input" aria-label={label} value={value} onChange={({ target }) => onValue(target.value)}>
    <option value="">{t('table.all', { what: label })}</option>
    {choices.map((choice) => (
      <option key={choice.value} value={choice.value}>
        {choice.label}
      </option>
    ))}
  </select>
)
