import { describe, expect, it } from 'vitest'
import { dialectSchemes } from '../dialects/registry.ts'
import type { RequestValue } from '../http/message.ts'
import { nativeParsers, parseCredential } from './credentials.ts'

/** A request with these header fields, as `node:http` gives them. */
const requestWith = (...fields: readonly (readonly [string, string])[]): RequestValue => {
  const headers: Record<string, string> = {}
  for (const [name, value] of fields) headers[name.toLowerCase()] ??= value
  return { headers, rawHeaders: fields.flat() } as unknown as RequestValue
}
const read = (schemes: readonly string[], fields: readonly (readonly [string, string])[], body?: unknown) =>
  parseCredential(requestWith(...fields), schemes, { ...nativeParsers, ...dialectSchemes }, () => body)

const tooMany = { code: 'request_invalid' }
const refusal = (...given: Parameters<typeof read>) => {
  try {
    return read(...given)
  } catch (error) {
    return error
  }
}

describe('the one credential of a request', () => {
  it('N-471 is not found in a second header, whatever the first one holds', () => {
    for (const first of ['', ' ', 'x', 'Bearer', 'Bearer t']) {
      const twice = [
        ['Authorization', first],
        ['Authorization', 'Bearer t'],
      ] as const
      expect(refusal(['bearer'], twice), `Authorization: ${first}`).toMatchObject(tooMany)
      const tokens = [
        ['X-Auth-Token', first],
        ['X-Auth-Token', 't'],
      ] as const
      expect(refusal(['authToken'], tokens), `X-Auth-Token: ${first}`).toMatchObject(tooMany)
    }
  })

  it('N-471 does not stand beside another one, even where either is empty', () => {
    for (const value of ['', ' ', 't']) {
      for (const header of ['', ' ', 'Bearer t', 'Basic eDp5']) {
        const both = [
          ['X-Auth-Token', value],
          ['Authorization', header],
        ] as const
        expect(refusal(['bearer', 'authToken'], both)).toMatchObject(tooMany)
        const cookie = [
          ['Cookie', '__Host-countersign=t'],
          ['Authorization', header],
        ] as const
        expect(refusal(['bearer', 'sessionCookie'], cookie)).toMatchObject(tooMany)
      }
    }
  })

  it.each(['cikitBody', 'cikitPairInBody'])('N-471 is one member of the body or a header, not both: %s', (scheme) => {
    for (const token of ['', 0, false, null, 't']) {
      const beside = refusal([scheme], [['Authorization', 'Bearer t']], { access_token: token })
      expect(beside, `access_token: ${JSON.stringify(token)}`).toMatchObject(tooMany)
      const alone = read([scheme], [], { access_token: token })
      expect(alone.kind === 'none').toBe(token !== 't')
    }
    expect(read([scheme], [], {})).toEqual({ kind: 'none' })
    expect(read([scheme], [], undefined)).toEqual({ kind: 'none' })
  })

  it('is of a scheme that the operation names, and of no other', () => {
    const bearer = [['Authorization', 'Bearer t']] as const
    expect(read(['bearer'], bearer)).toEqual({ kind: 'access', token: 't' })
    expect(read(['cikitPair'], bearer)).toEqual({ kind: 'pair', token: 't' })
    expect(read(['manifoldRefresh'], bearer)).toEqual({ kind: 'grant', grant: { kind: 'refresh', token: 't' } })
    expect(read(['manifoldBasic'], bearer)).toEqual({ kind: 'none' })
    expect(read(['authToken'], bearer)).toEqual({ kind: 'none' })
    expect(read([], bearer)).toEqual({ kind: 'none' })
    expect(read(['bearer'], [['Authorization', 'Basic YTpi']])).toEqual({ kind: 'none' })
  })
})
