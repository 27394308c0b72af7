import { expect, it } from 'vitest'
import { lengthPhrase, timePhrase } from './time-words.ts'

it('says a length of time in its largest unit', () => {
  expect([0, 1, 59, 60, 3599, 7200, 86_400, 366 * 86_400].map(lengthPhrase)).toEqual([
    '0 seconds',
    '1 second',
    '59 seconds',
    '1 minute',
    '59 minutes',
    '2 hours',
    '1 day',
    '1 year',
  ])
})

it('N-251 says when something is, whatever the number', () => {
  const now = 1_800_000_000
  expect(timePhrase(now, now)).toBe('now (2027-01-15T08:00:00Z)')
  expect(timePhrase(now + 60, now)).toBe('in 1 minute (2027-01-15T08:01:00Z)')
  expect(timePhrase(now - 7200, now)).toBe('2 hours ago (2027-01-15T06:00:00Z)')
  expect(timePhrase(2 ** 31, now)).toContain('2038-01-19T03:14:08Z')
  expect(timePhrase(1e300, now)).toContain('no date')
})
