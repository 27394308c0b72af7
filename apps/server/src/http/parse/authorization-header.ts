// Parses the Authorization header strictly (RFC 9110 §11.6.2). The whole value must match the grammar of a scheme;
// nothing is searched or trimmed. The folder http/parse/ parses untrusted bytes and must not know operations.
import { isUtf8 } from 'node:buffer'
import { headerValues } from '../message.ts'
import { decodeFormComponent } from './urlencoded.ts'

export type AuthorizationCredential =
  /** There is no such header. */
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /**
   * The header has no valid credential: an unknown scheme, or a value that violates its grammar. Answered like a
   * missing one.
   */
  | { readonly kind: 'malformed' }
  /** Too long or not ASCII, so that no scheme could have this value. The request is invalid. */
  | { readonly kind: 'unreadable' }
  /** More than one header: a proxy may have used the other one. The request is invalid. */
  | { readonly kind: 'repeated' }

export interface AuthorizationGrammar {
  /** Accepts `Bearer: TOKEN`, which some vendors' clients send (dialects/manifold/README.md). Default: false. */
  readonly colonTolerated?: boolean
  /**
   * How a Basic value is read: `raw` UTF-8 (RFC 7617), or form-encoded parts (`oauth`, RFC 6749 §2.3.1). Default: Basic
   * is not accepted.
   */
  readonly basic?: 'raw' | 'oauth'
}

const limitCharacters = 8000
const visibleAscii = /^[\x20-\x7e]*$/
const strictBearer = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i
const tolerantBearer = /^bearer:? +([A-Za-z0-9._~+/-]+=*)$/i
const basicValue = /^basic +([A-Za-z0-9+/]+={0,2})$/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 7617 §2 forbids exactly these
const control = /[\x00-\x1f\x7f]/

const none = { kind: 'none' } as const
const malformed = { kind: 'malformed' } as const

/**
 * Parses the credential of the Authorization header.
 *
 * Scheme names ignore case and may be followed by several spaces (RFC 6750 §2.1, RFC 9110 §11.4), but not by a tab.
 */
export function parseAuthorization(
  rawHeaders: readonly string[],
  grammar: AuthorizationGrammar = {},
): AuthorizationCredential {
  const values = headerValues(rawHeaders, 'authorization')
  if (values.length > 1) return { kind: 'repeated' }
  const [value] = values
  if (value === undefined) return none
  if (value.length > limitCharacters || !(visibleAscii.test(value) || onlyTabsBesides(value))) {
    return { kind: 'unreadable' }
  }
  const bearer = (grammar.colonTolerated ? tolerantBearer : strictBearer).exec(value)
  if (bearer) return { kind: 'bearer', token: bearer[1] as string }
  const encoded = grammar.basic === undefined ? undefined : basicValue.exec(value)?.[1]
  if (encoded === undefined) return malformed
  return grammar.basic === 'raw' ? rawBasic(encoded) : oauthBasic(encoded)
}

/** A tab is legal in a field value, so such a value is readable; but no scheme's grammar allows it. */
const onlyTabsBesides = (value: string): boolean => /^[\t\x20-\x7e]*$/.test(value)

/** Only the canonical encoding is accepted: otherwise one credential could have two keys in the throttle. */
function decodeBase64(encoded: string): Buffer | undefined {
  const bytes = Buffer.from(encoded, 'base64')
  return bytes.toString('base64') === encoded ? bytes : undefined
}

function rawBasic(encoded: string): AuthorizationCredential {
  const bytes = decodeBase64(encoded)
  if (bytes === undefined || !isUtf8(bytes)) return malformed
  const text = bytes.toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1 || control.test(text)) return malformed
  return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) }
}

function oauthBasic(encoded: string): AuthorizationCredential {
  const text = decodeBase64(encoded)?.toString('latin1')
  const parts = text?.split(':')
  if (parts?.length !== 2) return malformed
  const username = decodeFormComponent(parts[0] as string)
  const password = decodeFormComponent(parts[1] as string)
  if (!username || password === undefined || control.test(username) || control.test(password)) return malformed
  return { kind: 'basic', username, password }
}
