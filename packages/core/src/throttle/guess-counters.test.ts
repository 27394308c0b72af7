import { describe, expect, it } from 'vitest'
import { LongSecretKeys, longSecretKeys } from './guess-counters.ts'

describe('the remembered keys of counters', () => {
  it('are those that would be computed, for every account and address', () => {
    const remembered = new LongSecretKeys()
    const callers = [
      ['client:a', '192.0.2.1'],
      ['client:b', '192.0.2.1'],
      ['client:a', '192.0.2.2'],
      ['client:a', '2001:db8::1'],
      ['client:a', undefined],
      [`client:${'x'.repeat(5000)}`, '192.0.2.1'],
    ] as const
    for (const round of [1, 2]) {
      for (const [account, address] of callers) {
        const { keys, list } = remembered.of(account, address)
        expect(keys, `${account} ${round}`).toEqual(longSecretKeys(account, address))
        expect(list).toEqual(Object.values(keys))
      }
    }
    expect(remembered.of('client:a', '192.0.2.1')).toBe(remembered.of('client:a', '192.0.2.1'))
  })

  it('are forgotten when they become too many', () => {
    const remembered = new LongSecretKeys()
    const first = remembered.of('client:0', '192.0.2.1')
    for (let account = 1; account < 1024; account++) remembered.of(`client:${account}`, '192.0.2.1')
    expect(remembered.of('client:0', '192.0.2.1')).toBe(first)
    remembered.of('client:1024', '192.0.2.1')
    expect(remembered.of('client:0', '192.0.2.1')).not.toBe(first)
    expect(remembered.of('client:0', '192.0.2.1')).toEqual(first)
  })
})
