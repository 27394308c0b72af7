import type { ReactNode } from 'react'
import { t } from '../../language/messages.ts'
import { dayOf } from '../../language/times.ts'
import { RadioGroup } from '../../parts/form/choices.tsx'
import { TextField } from '../../parts/form/fields.tsx'

const day = 86_400

/** A number of days, or a date of the reader's. */
export interface Expiry {
  readonly days: string
  readonly date: string
}

const given = ['30', '90', '365'] as const

const isoDay = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)
const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** 90 days, or what the policy permits. */
export function firstExpiry(mostSeconds: number): Expiry {
  const days = given.findLast((one) => one !== '365' && Number(one) * day <= mostSeconds) ?? 'date'
  return { days, date: isoDay(nowSeconds() + Math.min(90 * day, mostSeconds)) }
}

/** The lifetime that the server is asked for: to the end of a date, in the reader's zone. */
export function secondsUntil({ days, date }: Expiry, mostSeconds: number): number {
  if (days !== 'date') return Number(days) * day
  const end = new Date(`${date}T23:59:59`).getTime() / 1000
  return Math.min(mostSeconds, Math.max(60, Math.floor(end - nowSeconds())))
}

interface ExpiryFieldProps {
  readonly value: Expiry
  readonly onValue: (expiry: Expiry) => void
  /** The longest lifetime that the server's policy permits. */
  readonly mostSeconds: number
}

export function ExpiryField({ value, onValue, mostSeconds }: ExpiryFieldProps): ReactNode {
  const now = nowSeconds()
  return (
    <div className="stack">
      <RadioGroup
        legend={t('expiry.legend')}
        hint={t('expiry.hint')}
        inRow
        value={value.days}
        onValue={(days) => onValue({ ...value, days })}
        choices={[
          ...given
            .filter((days) => Number(days) * day <= mostSeconds)
            .map((days) => ({
              value: days,
              label: t('expiry.days', { count: Number(days) }),
              hint: dayOf(now + Number(days) * day),
            })),
          { value: 'date', label: t('expiry.date'), hint: t('expiry.date_hint') },
        ]}
      />
      {value.days === 'date' && (
        <TextField
          label={t('expiry.until')}
          type="date"
          required
          min={isoDay(now + day)}
          max={isoDay(now + mostSeconds - day)}
          value={value.date}
          onValue={(date) => onValue({ ...value, date })}
        />
      )}
    </div>
  )
}
