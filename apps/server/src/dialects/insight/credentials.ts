import { headerValues } from '../../http/message.ts'
import {
  accessToken,
  bearer,
  type CredentialParser,
  type CredentialParsers,
  none,
  repeated,
} from '../../pipeline/credentials.ts'

/** `X-Auth-Token`. Refused if an `Authorization` header of any scheme is sent as well (N-166). */
const authToken: CredentialParser = {
  read(request) {
    if (request.headers['x-auth-token'] === undefined) return none
    const values = headerValues(request.rawHeaders, 'x-auth-token')
    if (values.length > 1 || request.headers.authorization !== undefined) throw repeated()
    const token = values[0]?.trim()
    return token ? { kind: 'personal', token } : none
  },
}

/** Native operations accept `authToken`, too. */
export const schemes: CredentialParsers = { insightOrNative: bearer(accessToken, { colonTolerated: true }), authToken }
