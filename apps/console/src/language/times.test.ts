import { beforeAll, expect, it } from 'vitest'
import { loadMessages } from './messages.ts'
import { duration, exactTime, relativeTime } from './times.ts'

beforeAll(async () => {
  Object.assign(globalThis, { document: { documentElement: { lang: '' } } })
  await loadMessages('en')
})

const now = 1_800_000_000
const day = 86_400

it.each([
  [0, 'now'],
  [-30, 'now'],
  [-200, '3 minutes ago'],
  [-7200, '2 hours ago'],
  [-day, 'yesterday'],
  [-40 * day, '40 days ago'],
  [-200 * day, '6 months ago'],
  [30 * day - 1, 'in 30 days'],
  [90 * day - 5, 'in 90 days'],
  [366 * day, 'in 12 months'],
  [3 * 366 * day, 'in 3 years'],
])('a time %d s away is told as %s', (seconds, words) => {
  expect(relativeTime(now + seconds, now)).toBe(words)
})

it('tells the exact time with its zone', () => {
  expect(exactTime(now)).toMatch(/2027.*(UTC|GMT|[A-Z]{3,4}|[+-]\d)/)
})

it.each([
  [600, '10 minutes'],
  [2_592_000, '30 days'],
  [90, '90 seconds'],
])('%d s is told as %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words)
})
