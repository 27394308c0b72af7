import { dialectSchemes } from '../../dialects/registry.ts'
import type { RequestValue } from '../../http/message.ts'
import { nativeParsers, parseCredential } from '../credentials.ts'

/** A request with these header fields, as `node:http` gives them. */
const requestWith = (...fields: readonly (readonly [string, string])[]): RequestValue => {
  const headers: Record<string, string> = {}
  for (const [name, value] of fields) headers[name.toLowerCase()] ??= value
  return { headers, rawHeaders: fields.flat() } as unknown as RequestValue
}
/** The credential in a request. */
export const read = (schemes: readonly string[], fields: readonly (readonly [string, string])[], body?: unknown) =>
  parseCredential(requestWith(...fields), schemes, { ...nativeParsers, ...dialectSchemes }, () => body)

export const tooMany = { code: 'request_invalid' }
/** The error of a refused credential, or the credential. */
export const refusal = (...given: Parameters<typeof read>) => {
  try {
    return read(...given)
  } catch (error) {
    return error
  }
}
