import { type ChallengeTerms, VerificationError } from '../model/errors.ts'

/** Where a request has its credentials. */
export interface Presentation {
  /** Each `Authorization` header of the request. */
  readonly authorization: readonly string[]
  /** The request's URL or its path, with the query. */
  readonly url: string
}

/** RFC 6750 §2.1. */
const bearer = /^bearer +([\w.~+/-]+=*) *$/i
/** A scheme (RFC 9110 §11.4). */
const scheme = /^([!#$%&'*+.^`|~\w-]+)(?: |$)/

/**
 * The one Bearer token of a request (RFC 6750 §2.1).
 *
 * A token in the query is refused even beside one in the header, because queries are logged (§2.3, RFC 9700 §4.3.2).
 *
 * @throws VerificationError `token_missing`, `request_invalid`
 */
export function presentedToken({ authorization, url }: Presentation, terms: ChallengeTerms): string {
  const [header, ...others] = authorization
  const query = url.indexOf('?')
  const isInQuery = query >= 0 && new URLSearchParams(url.slice(query + 1).replace(/#.*$/s, '')).has('access_token')
  if (others.length > 0 || isInQuery) throw new VerificationError('request_invalid', terms)
  if (header === undefined || header.trim() === '') throw new VerificationError('token_missing', terms)
  const [, token] = bearer.exec(header) ?? []
  if (token !== undefined) return token
  const [, name = ''] = scheme.exec(header) ?? []
  // Another scheme is no Bearer token; a list of credentials is not a header of this scheme or another.
  const isOther = name !== '' && name.toLowerCase() !== 'bearer' && !/, *bearer /i.test(header)
  throw new VerificationError(isOther ? 'token_missing' : 'request_invalid', terms)
}

/** Those of a request of the web. Several headers are one there, joined by commas, which no token contains. */
export function presentationOf({ headers, url }: Pick<Request, 'headers' | 'url'>): Presentation {
  const header = headers.get('authorization')
  return { authorization: header === null ? [] : [header], url }
}
