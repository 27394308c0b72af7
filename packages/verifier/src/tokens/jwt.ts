import type { Keys } from '../issuer/keys.ts'
import { type Checked, isMeantFor, isText, isTime, readClaims } from './claims.ts'
import { isSignedBy, type JwsHeader, objectOf, splitJws } from './jws.ts'

/** What a JWT must be, beside signed by the issuer. */
export interface JwtTerms {
  readonly issuer: string
  readonly resource: string
  /** The `typ` of the header. */
  readonly tokenTyp: 'at+jwt' | 'JWT'
  readonly leewaySeconds: number
}

export type JwtOutcome =
  | { readonly outcome: 'valid'; readonly checked: Checked }
  | { readonly outcome: 'invalid' | 'expired' }

const invalid: JwtOutcome = { outcome: 'invalid' }

/** A header that permits a token: whose key it is, and the one algorithm that it is for. */
interface PermittedHeader {
  readonly kid: string
  readonly alg: unknown
}

/** More headers than keys are made-up ones, or of keys that are no longer published. */
const mostHeaders = 64

/** Verifies access tokens that are JWTs (RFC 9068 §4). */
export class JwtVerifier {
  readonly #keys: Keys
  readonly #terms: JwtTerms
  /** Headers of tokens that were signed by their key. All tokens of a key have the same one. */
  readonly #headers = new Map<string, PermittedHeader>()

  constructor(keys: Keys, terms: JwtTerms) {
    this.#keys = keys
    this.#terms = terms
  }

  /**
   * The key is chosen by `kid` among those that the issuer publishes, and has one algorithm.
   *
   * @param token Three parts of base64url.
   * @throws TransportFault if no key is known and the issuer does not respond.
   */
  async verify(token: string, nowSeconds: number): Promise<JwtOutcome> {
    const jws = splitJws(token)
    if (!jws) return invalid
    const { headerText, payloadText } = jws
    const header = this.#headers.get(headerText) ?? permitted(objectOf(headerText), this.#terms)
    if (!header) return invalid
    const found = await this.#keys.find(header.kid)
    // Otherwise the sender would choose the algorithm (RFC 8725 §3.1).
    if (!found || found.alg !== header.alg) return invalid
    // The runtime checks the signature in another thread. Meanwhile the claims are read; nothing is decided by them.
    const isSigned = isSignedBy(found.key, jws)
    const outcome = outcomeOf(objectOf(payloadText), header.kid, this.#terms, nowSeconds)
    if (!(await isSigned)) return invalid
    if (this.#headers.size >= mostHeaders) this.#headers.clear()
    this.#headers.set(headerText, header)
    return outcome
  }
}

function permitted(
  header: Readonly<Record<string, unknown>> | undefined,
  terms: JwtTerms,
): PermittedHeader | undefined {
  const { alg, kid, typ, crit } = (header ?? {}) as Partial<JwsHeader>
  // No extension is understood (RFC 7515 §4.1.11).
  if (crit !== undefined || !isText(kid) || !isType(typ, terms.tokenTyp)) return undefined
  return { kid, alg }
}

/** What the claims say, if the signature is good. */
function outcomeOf(
  claims: Readonly<Record<string, unknown>> | undefined,
  keyId: string,
  terms: JwtTerms,
  nowSeconds: number,
): JwtOutcome {
  if (!claims || claims.iss !== terms.issuer || !isMeantFor(claims.aud, terms.resource)) return invalid
  const { exp, iat, nbf, jti, sid } = claims
  if (!isTime(exp) || !isTime(iat) || !isText(jti) || !isText(sid)) return invalid
  if (nbf !== undefined && (!isTime(nbf) || nbf > nowSeconds + terms.leewaySeconds)) return invalid
  if (iat > nowSeconds + terms.leewaySeconds) return invalid
  if (exp + terms.leewaySeconds <= nowSeconds) return { outcome: 'expired' }
  const checked = readClaims(claims, terms.issuer, terms.resource, keyId)
  return checked ? { outcome: 'valid', checked } : invalid
}

/** The prefix `application/` may be left out, and case is ignored (RFC 7515 §4.1.9). */
function isType(typ: unknown, required: string): boolean {
  if (typeof typ !== 'string') return false
  return typ.toLowerCase().replace(/^application\//, '') === required.toLowerCase()
}
