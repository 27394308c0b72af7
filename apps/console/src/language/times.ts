import { language } from './messages.ts'

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_556_952],
  ['month', 2_629_746],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** From how many of a unit on it is used. */
const fewest = [2, 4]

/** "3 minutes ago", "in 90 days": of a time in epoch seconds. */
export function relativeTime(at: number, now: number): string {
  const seconds = at - now
  const distance = Math.abs(seconds)
  const format = new Intl.RelativeTimeFormat(language(), { numeric: 'auto' })
  // A few of a larger unit are told in the smaller one: "in 90 days", not "in 2 months".
  const [unit, size] = units.find(([, size], index) => distance >= size * (fewest[index] ?? 1)) ?? ['second', 1]
  if (unit === 'second') return format.format(0, 'second')
  // What is past has passed wholly; what is to come is near enough.
  return format.format(seconds < 0 ? Math.trunc(seconds / size) : Math.round(seconds / size), unit)
}

/** The exact time, with its zone. */
export const exactTime = (at: number): string =>
  new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'long' }).format(at * 1000)

export const dayOf = (at: number): string =>
  new Intl.DateTimeFormat(language(), { dateStyle: 'medium' }).format(at * 1000)

export const clockTime = (at: number): string =>
  new Intl.DateTimeFormat(language(), { hour: '2-digit', minute: '2-digit' }).format(at * 1000)

const longUnits = ['day', 'hour', 'minute', 'second'] as const
const sizes = { day: 86_400, hour: 3600, minute: 60, second: 1 }

/** "10 minutes", "30 days": in the largest unit that divides it. */
export function duration(seconds: number): string {
  const unit = longUnits.find((name) => seconds > 0 && seconds % sizes[name] === 0) ?? 'second'
  const options = { style: 'unit', unit, unitDisplay: 'long' } as const
  return new Intl.NumberFormat(language(), options).format(seconds / sizes[unit])
}

export const number = (value: number): string => new Intl.NumberFormat(language()).format(value)
