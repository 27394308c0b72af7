import {
  accessToken,
  bearer,
  type Credential,
  type CredentialParser,
  type CredentialParsers,
  none,
  repeated,
} from '../../pipeline/credentials.ts'

const pair = (token: string): Credential => ({ kind: 'pair', token })

/**
 * The body member `access_token` (RFC 6750 §2.2), which the vendor's clients send. A second credential in a header is
 * refused.
 */
const tokenInBody = (credential: (token: string) => Credential): CredentialParser => ({
  inBody: true,
  read(request, body) {
    const { access_token: token } = (body() ?? {}) as Readonly<Record<string, unknown>>
    if (token === undefined) return none
    if (request.headers.authorization !== undefined) throw repeated()
    return typeof token === 'string' && token !== '' ? credential(token) : none
  },
})

export const schemes: CredentialParsers = {
  cikitBearer: bearer(accessToken, { colonTolerated: true }),
  cikitBody: tokenInBody(accessToken),
  cikitPair: bearer(pair, { colonTolerated: true }),
  cikitPairInBody: tokenInBody(pair),
}
