const units = [
  ['year', 365 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** A duration in its largest unit: `57 minutes`. @param seconds Not negative. */
export function lengthPhrase(seconds: number): string {
  const [name, size] = units.find(([, unit]) => seconds >= unit) ?? ['second', 1]
  const count = Math.floor(seconds / size)
  return `${count} ${name}${count === 1 ? '' : 's'}`
}

/** `in 57 minutes (2026-01-02T03:04:05Z)` or `3 hours ago (…)`. @param at Epoch seconds, as `now`. */
export function timePhrase(at: number, now: number): string {
  const moment = `(${utc(at)})`
  if (at === now) return `now ${moment}`
  return at > now ? `in ${lengthPhrase(at - now)} ${moment}` : `${lengthPhrase(now - at)} ago ${moment}`
}

/** Accepts any number, because an unverified token may contain any. */
function utc(at: number): string {
  const date = new Date(at * 1000)
  return Number.isNaN(date.getTime()) ? 'no date' : date.toISOString().replace('.000Z', 'Z')
}
