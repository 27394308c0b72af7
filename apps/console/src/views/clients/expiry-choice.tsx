import type { ReactNode } from 'react'
import { t } from '../../language/messages.ts'
import { RadioGroup } from '../../parts/form/choices.tsx'

const day = 86_400
const lifetimes = ['never', '90', '365'] as const

/** What is sent for a chosen lifetime in days; `never` is nothing. */
export const expiryOf = (days: string): { readonly expires_in?: number } =>
  days === 'never' ? {} : { expires_in: Number(days) * day }

interface ExpiryChoiceProps {
  readonly days: string
  readonly onDays: (days: string) => void
}

/** How long a client's secret is valid. */
export const ExpiryChoice = ({ days, onDays }: ExpiryChoiceProps): ReactNode => (
  <RadioGroup
    legend={t('new_client.expiry')}
    inRow
    value={days}
    onValue={onDays}
    choices={lifetimes.map((value) => ({
      value,
      label: value === 'never' ? t('authorization.never') : t('expiry.days', { count: Number(value) }),
    }))}
  />
)
