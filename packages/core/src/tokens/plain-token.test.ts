import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { PlainToken } from './plain-token.ts'

const secret = 'cs_pat_canary'
const token = new PlainToken(secret)

describe('a plain token', () => {
  it('prints nothing of itself, however it is printed', () => {
    const printed = [
      `${token}`,
      String(token),
      token.toString(),
      JSON.stringify(token),
      JSON.stringify({ nested: [token] }),
      inspect(token),
      inspect({ nested: { token } }, { depth: 9, showHidden: true, getters: true }),
      format('%s %o %O %j', token, token, token, token),
      inspect(new Error('x', { cause: token }), { showHidden: true }),
      inspect(Object.assign(new Error('x'), { token })),
      JSON.stringify({ ...token }),
      inspect(structuredClone({ ...token })),
      Object.entries(token).join(),
      Reflect.ownKeys(token).map(String).join(),
      new Error(`${token}`).stack ?? '',
    ]
    for (const text of printed) expect(text).not.toContain('canary')
    expect(printed.slice(0, 3)).toEqual(['[token]', '[token]', '[token]'])
    expect(inspect(token)).toBe('[token]')
    expect(JSON.stringify(token)).toBe('"[token]"')
  })

  it('is revealed by an explicit call', () => {
    expect(token.reveal()).toBe(secret)
  })
})
