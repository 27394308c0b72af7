import { describe, expect, it } from 'vitest'
import { FingerprintTable } from './fingerprint-table.ts'
import { Revoked } from './revoked.ts'

const now = 1_800_000_000
const idOf = (index: number) => index.toString(16).padStart(22, '0')

describe('a table of fingerprints', () => {
  it('finds every text that was added, no other, and only until it expires', () => {
    const table = new FingerprintTable(2)
    for (let index = 0; index < 20_000; index += 1) table.raise(idOf(index), [now + index, index + 1], now)
    for (let index = 0; index < 20_000; index += 1) {
      expect(table.get(idOf(index), 1, now)).toBe(index + 1)
      expect(table.get(idOf(index + 20_000), 1, now)).toBe(0)
    }
    expect(table.get(idOf(10), 1, now + 10)).toBe(11)
    expect(table.get(idOf(10), 1, now + 11)).toBe(0)
  })

  it('raises the numbers of an entry, and never lowers them', () => {
    const table = new FingerprintTable(2)
    table.raise('a', [now + 5, 7], now)
    table.raise('a', [now + 9, 3], now)
    expect([table.get('a', 0, now), table.get('a', 1, now), table.size]).toEqual([now + 9, 7, 1])
  })

  it('drops what has expired: a million entries that live ten seconds need no more room than those of ten seconds', () => {
    const table = new FingerprintTable(1)
    for (let index = 0; index < 1_000_000; index += 1) {
      const second = now + Math.floor(index / 1000)
      table.raise(idOf(index), [second + 10], second)
    }
    expect(table.size).toBeLessThan(50_000)
    expect(table.bytes).toBeLessThan(2_000_000)
  })
})

it.each(['authorization', 'subject'] as const)('a million revocations of the kind %s take less than 100 MB', (kind) => {
  const revoked = new Revoked()
  for (let index = 0; index < 1_000_000; index += 1) {
    revoked.add({ sequence: index + 1, kind, id: idOf(index), before: now, until: now + 3600 }, now)
  }
  console.log(`1,000,000 of the kind ${kind}: ${(revoked.bytes / 1e6).toFixed(1)} MB`)
  expect(revoked.size).toBe(1_000_000)
  expect(revoked.bytes).toBeLessThan(100_000_000)
})
