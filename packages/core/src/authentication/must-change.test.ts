import { expect, it } from 'vitest'
import { hasExpiredUnused } from './must-change.ts'

const day = 86_400

it('a password that must be changed is good for 14 days', () => {
  expect(hasExpiredUnused({ mustChangeSince: 1000 }, 1000 + 14 * day - 1)).toBe(false)
  expect(hasExpiredUnused({ mustChangeSince: 1000 }, 1000 + 14 * day)).toBe(true)
  expect(hasExpiredUnused({ mustChangeSince: 0 }, 14 * day)).toBe(true)
  expect(hasExpiredUnused({ mustChangeSince: undefined }, Number.MAX_SAFE_INTEGER)).toBe(false)
})
