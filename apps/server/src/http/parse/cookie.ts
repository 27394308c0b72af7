// The only cookie of this server (RFC 6265): a browser session, not accessible to scripts or to other hosts.
import { headerValues } from '../message.ts'

export const sessionCookieName = '__Host-countersign'

export type SessionCookie =
  | { readonly kind: 'none' }
  | { readonly kind: 'cookie'; readonly token: string }
  /** The cookie is present, but its value cannot be a token of this server. Answered like a missing credential. */
  | { readonly kind: 'malformed' }
  /** More than 8 kB of cookies. The request is invalid. */
  | { readonly kind: 'unreadable' }
  /** The name occurs twice, and the server cannot know which cookie is its own. The request is invalid. */
  | { readonly kind: 'repeated' }

const limitCharacters = 8192
const tokenGrammar = /^[A-Za-z0-9._~+/=-]{1,4096}$/

/** Finds the session cookie. Other cookies are ignored; the name is compared exactly. */
export function findSessionCookie(rawHeaders: readonly string[]): SessionCookie {
  const values = headerValues(rawHeaders, 'cookie')
  if (values.length === 0) return { kind: 'none' }
  const header = values.length === 1 ? (values[0] as string) : values.join(';')
  if (header.length > limitCharacters) return { kind: 'unreadable' }
  let found: string | undefined
  for (const pair of header.split(';')) {
    const mark = pair.indexOf('=')
    if (mark < 0 || pair.slice(0, mark).trim() !== sessionCookieName) continue
    if (found !== undefined) return { kind: 'repeated' }
    found = pair.slice(mark + 1).trim()
  }
  if (found === undefined) return { kind: 'none' }
  return tokenGrammar.test(found) ? { kind: 'cookie', token: found } : { kind: 'malformed' }
}

/**
 * The Set-Cookie value of a session. `__Host-` makes browsers require Secure, Path=/ and no Domain; SameSite=Strict
 * withholds the cookie from every request that another site starts (RFC 6265bis §4.1.3, §5.6).
 *
 * @param token Only characters of a token.
 * @param lifetimeSeconds Until the session's Authorization expires.
 * @throws TypeError if the token has other characters, which is a defect.
 */
export function serializeSessionCookie(token: string, lifetimeSeconds: number): string {
  if (!tokenGrammar.test(token)) throw new TypeError('A session cookie must contain only a token.')
  return attributes(token, Math.max(0, Math.floor(lifetimeSeconds)))
}

/** The Set-Cookie value that deletes the session cookie. */
export function clearSessionCookie(): string {
  return attributes('', 0)
}

const attributes = (value: string, maxAgeSeconds: number): string =>
  `${sessionCookieName}=${value}; Path=/; Max-Age=${maxAgeSeconds}; Secure; HttpOnly; SameSite=Strict`
