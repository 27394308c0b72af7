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

/** The body's member `access_token` (RFC 6750 §2.2), as the vendor's clients send it. Beside a header it is one too many. */
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
