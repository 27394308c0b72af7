import { describe, expect, it } from 'vitest'
import { read, refusal, tooMany } from './testing/credential-of.ts'

describe('the one credential of a request', () => {
  it('N-471 is not found in a second header, whatever the first one holds', () => {
    for (const first of ['', ' ', 'x', 'Bearer', 'Bearer t']) {
      const twice = [
        ['Authorization', first],
        ['Authorization', 'Bearer t'],
      ] as const
      expect(refusal(['bearer'], twice), `Authorization: ${first}`).toMatchObject(tooMany)
    }
  })

  it('N-471 does not stand beside another one, even where either is empty', () => {
    for (const header of ['', ' ', 'Bearer t', 'Basic eDp5']) {
      const cookie = [
        ['Cookie', '__Host-countersign=t'],
        ['Authorization', header],
      ] as const
      expect(refusal(['bearer', 'sessionCookie'], cookie)).toMatchObject(tooMany)
    }
  })

  it('is of a scheme that the operation names, and of no other', () => {
    const bearer = [['Authorization', 'Bearer t']] as const
    expect(read(['bearer'], bearer)).toEqual({ kind: 'access', token: 't' })
    expect(read(['sessionCookie'], bearer)).toEqual({ kind: 'none' })
    expect(read([], bearer)).toEqual({ kind: 'none' })
    expect(read(['bearer'], [['Authorization', 'Basic YTpi']])).toEqual({ kind: 'none' })
  })
})
