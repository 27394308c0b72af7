// Decodes a token without any key. The result is not verified and must not be trusted.
import { looksLikeSecret, maskSecret, parseCompact } from '@countersign/core'

export type TokenKind =
  | 'access_token'
  | 'refresh_token'
  | 'access_or_refresh_token'
  | 'personal_token'
  | 'client_secret'
  | 'jwt_of_another_kind'
  | 'unknown'

/** A decoded token. Never contains the token itself, its signature or its MAC. Times are epoch seconds. */
export interface TokenReading {
  readonly form: 'jwt' | 'opaque' | 'hex' | 'secret' | 'unknown'
  readonly kind: TokenKind
  readonly header?: Readonly<Record<string, unknown>>
  /** The token's content, under the names of JWT claims. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Of a token for an API: the id of the API's registration. */
  readonly api_id?: string
  readonly note?: string
}

export function readToken(text: string): TokenReading {
  return readJwt(text) ?? readOpaque(text) ?? readHex(text) ?? readSecret(text) ?? { form: 'unknown', kind: 'unknown' }
}

const jwtKinds: Readonly<Record<string, TokenKind>> = { 'at+jwt': 'access_token', 'rt+jwt': 'refresh_token' }

function readJwt(text: string): TokenReading | undefined {
  const token = parseCompact(text)
  if (!token) return undefined
  const { header, payload } = token
  const typ = String(header.typ).replace(/^application\//, '')
  const kind = Object.hasOwn(jwtKinds, typ) ? jwtKinds[typ] : undefined
  // An API may ask for tokens of this `typ`; their `jti` begins with the id of its registration.
  const isForApi = typ === 'JWT' && /^[0-9a-f]{22}\./.test(String(payload.jti)) && typeof payload.sid === 'string'
  return {
    form: 'jwt',
    kind: kind ?? (isForApi ? 'access_token' : 'jwt_of_another_kind'),
    header,
    claims: payload,
    ...(isForApi || kind === 'access_token' ? apiIdOf(payload.jti) : {}),
  }
}

const apiIdOf = (jti: unknown): Pick<TokenReading, 'api_id'> => {
  const [, api_id] = /^([0-9a-f]{22})\./.exec(String(jti)) ?? []
  return api_id === undefined ? {} : { api_id }
}

/** What precedes the MAC of an opaque token, in bytes, where the token is not for an API. */
const bodyBytes = 24
const apiIdBytes = 11
const macBytes = 16

/**
 * `cs_at_` + base64url of: key number (1 byte) ‖ id (11) ‖ issued at (4) ‖ lifetime (4) ‖ serial (4) ‖ MAC (16). A token for an API
 * has before the MAC: API id (11) ‖ scope, the client's epoch, the ids of the tokens that it was exchanged from, and the actors, on lines of their own.
 */
function readOpaque(text: string): TokenReading | undefined {
  const [, encoded] = /^cs_at_([\w-]{54,})$/.exec(text) ?? []
  if (encoded === undefined) return undefined
  const bytes = Buffer.from(encoded, 'base64url')
  const iat = bytes.readUInt32BE(12)
  const claims = { key_number: bytes[0], sid: bytes.toString('hex', 1, 12), iat, exp: iat + bytes.readUInt32BE(16) }
  const end = bytes.length - macBytes
  if (end === bodyBytes) return { form: 'opaque', kind: 'access_token', claims }
  const textAt = bodyBytes + apiIdBytes
  if (end < textAt) return undefined
  const [scope = '', , , ...actors] = bytes.toString('utf8', textAt, end).split('\n')
  return {
    form: 'opaque',
    kind: 'access_token',
    claims: { ...claims, scope, ...(actors.length > 0 ? { act: actorsOf(actors) } : {}) },
    api_id: bytes.toString('hex', bodyBytes, textAt),
    note: 'It is for the API with this id: "countersign apis show ID" shows it.',
  }
}

/** As RFC 8693 §4.1 nests them: the client that acts, and within it the one before. */
const actorsOf = ([sub = '', ...earlier]: readonly string[]): object =>
  earlier.length === 0 ? { sub } : { sub, act: actorsOf(earlier) }

/** 64 hex digits: key number (1 byte) ‖ id (11) ‖ generation (4) ‖ MAC (16). */
function readHex(text: string): TokenReading | undefined {
  if (!/^[0-9a-f]{64}$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'hex')
  return {
    form: 'hex',
    kind: 'access_or_refresh_token',
    claims: { key_number: bytes[0], sid: bytes.toString('hex', 1, 12), generation: bytes.readUInt32BE(12) },
    note: 'Any 64 hex digits look like this; only the server can tell the kind.',
  }
}

function readSecret(text: string): TokenReading | undefined {
  const [, prefix] = /^cs_(pat|key)_/.exec(text) ?? []
  if (prefix === undefined) return undefined
  const kind = prefix === 'pat' ? 'personal_token' : 'client_secret'
  const whole = looksLikeSecret(text, prefix === 'pat' ? 'pat' : 'key')
  if (!whole) return { form: 'secret', kind, note: 'Its checksum is wrong: it was truncated or mistyped.' }
  return {
    form: 'secret',
    kind,
    note: `${maskSecret(text)}, and its checksum is right. It contains no other information.`,
  }
}
