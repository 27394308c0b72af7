// One reader for every kind of token that stands for an Authorization. Which kinds a place accepts is said by that place;
// how each is recognised is said here alone.
import { digest } from '../tokens/digest.ts'
import { readRefreshToken } from '../tokens/refresh-token.ts'
import { looksLikeSecret } from '../tokens/secret-token.ts'
import { type ReaderState, readAccessToken, readSessionCookie } from './access-token-reader.ts'
import { type PresentedToken, presented } from './presented-token.ts'

/**
 * What a token is for. `access`: a JWT, a client's opaque token or 64 hex digits. `refresh`: either form. `cookie`: the
 * value of a session cookie. `personal`: a personal token.
 */
export type TokenUse = 'access' | 'refresh' | 'cookie' | 'personal'

/** Every kind there is; the frequent ones first. */
export const everyUse: readonly TokenUse[] = ['personal', 'access', 'refresh', 'cookie']

/** An authentic token, before its Authorization was read. A personal token is found by its digest alone. */
export type ReadToken =
  | { readonly use: Exclude<TokenUse, 'personal'>; readonly token: PresentedToken }
  | { readonly use: 'personal'; readonly secretDigest: Uint8Array }

const readers: { readonly [U in TokenUse]: (text: string, state: ReaderState) => ReadToken | undefined } = {
  personal: (text) => (looksLikeSecret(text, 'pat') ? { use: 'personal', secretDigest: digest(text) } : undefined),
  access: (text, state) => of('access', readAccessToken(text, state)),
  refresh: (text, { issuer, ring, latest }) => {
    const token = readRefreshToken(text, issuer, ring, latest)
    return of('refresh', token && presented(token))
  },
  cookie: (text, state) => of('cookie', readSessionCookie(text, state)),
}

const of = <U extends Exclude<TokenUse, 'personal'>>(use: U, token: PresentedToken | undefined) =>
  token && { use, token }

/**
 * Reads and authenticates a token of one of these kinds. No kind passes for another: each has a MAC key, a signature type or
 * a prefix of its own. Expiry is the caller's matter.
 *
 * @returns `undefined` for forgeries, for tokens of other kinds, and for what is no token.
 */
export function readToken(text: string, uses: readonly TokenUse[], state: ReaderState): ReadToken | undefined {
  for (const use of uses) {
    const read = readers[use](text, state)
    if (read) return read
  }
  return undefined
}
