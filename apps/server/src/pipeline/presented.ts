// What a request presents: the client, the grant or the access token, checked by the contract. No closure is stored in a field
// or an object here: V8 would keep the whole request until the next full garbage collection.
import { type Access, type AccessCheck, AuthError, type RequestContext, type UseCases } from '@countersign/core'
import type { Route } from '../generated/index.ts'
import type { RouteMatch } from '../http/contract/route.ts'
import { RequestError } from '../http/errors.ts'
import type { RequestValue } from '../http/message.ts'
import { findSessionCookie } from '../http/parse/cookie.ts'
import { type AdmissionRules, admit, credentialsMissing } from './admission.ts'
import { authenticateClient, readClient } from './client-credentials.ts'
import type { Presented } from './context.ts'
import { type Credential, type CredentialParsers, guardCookie, parseCredential, readCredential } from './credentials.ts'
import type { LazyBody } from './request-body.ts'

/** The parts of the pipeline that are needed here. */
export interface PresentedParts {
  readonly useCases: Pick<UseCases, 'accessTokens' | 'clientAuthentication'>
  readonly rules: AdmissionRules
  /** One for each security scheme of the contract. */
  readonly parsers: CredentialParsers
  /** Origins whose pages may change state with the session cookie. */
  readonly origins: ReadonlySet<string>
  /** Reads the keys again if they were changed, by whichever process: a revoked key is refused at once. */
  readonly reloadKeys: () => Promise<void>
}

/** The caller as the use cases see it. */
export class RequestOrigin implements RequestContext {
  readonly address: string
  readonly #request: RequestValue

  constructor(request: RequestValue, address: string) {
    this.#request = request
    this.address = address
  }

  get requestId(): string {
    return this.#request.requestId
  }

  get userAgent(): string | undefined {
    const agent = this.#request.headers['user-agent']
    return typeof agent === 'string' ? agent : undefined
  }

  /** Created only for work that can be cancelled. */
  get signal(): AbortSignal {
    return this.#request.signal
  }
}

/** Of a public operation. The cookie is parsed only if a handler reads it. */
class Nothing implements Presented {
  readonly #request: RequestValue

  constructor(request: RequestValue) {
    this.#request = request
  }

  get cookie(): string | undefined {
    const found = findSessionCookie(this.#request.rawHeaders)
    return found.kind === 'cookie' ? found.token : undefined
  }
}

type TokenCredential = Extract<Credential, { readonly token: string }>

/** Everything that checking an access token again needs. */
interface Checking {
  readonly parts: PresentedParts
  readonly match: RouteMatch<Route>
  readonly context: RequestContext
  readonly credential: TokenCredential
}

class Checked implements Presented {
  readonly access: Access
  readonly byCookie: boolean
  readonly #checking: Checking

  constructor(access: Access, checking: Checking) {
    this.access = access
    this.byCookie = checking.credential.kind === 'cookie'
    this.#checking = checking
  }

  get recheck(): () => Promise<Access> {
    return async () => {
      await this.#checking.parts.reloadKeys()
      return admitted(this.#checking)
    }
  }
}

export const nothingPresented = (request: RequestValue): Presented => new Nothing(request)

/**
 * Reads and checks what the operation asks for, with the keys as they are now.
 *
 * @throws AuthError, RequestError: what is refused.
 */
export async function findPresented(
  parts: PresentedParts,
  request: RequestValue,
  context: RequestContext,
  match: RouteMatch<Route>,
  body: LazyBody,
): Promise<Presented> {
  const { route } = match
  if (route.access.presented === 'client') {
    const form = (body.value ?? {}) as Record<string, unknown>
    // A client's secret is checked without a key.
    const [client] = await Promise.all([authenticateClient(request, form, context, parts.useCases), parts.reloadKeys()])
    return { client }
  }
  await parts.reloadKeys()
  if (route.security.length === 0) return nothingPresented(request)
  const credential = readCredential(request, route, parts.parsers, () => body.readable())
  if (credential.kind === 'none') throw credentialsMissing()
  if (credential.kind === 'grant') return { grant: credential.grant }
  const checking = { parts, match, context, credential }
  const access = await admitted(checking)
  if (credential.kind === 'cookie') guardCookie(request.headers, route, parts)
  return new Checked(access, checking)
}

async function admitted(checking: Checking): Promise<Access> {
  const found = await check(checking)
  if (found.outcome !== 'active') throw new AuthError(found.outcome === 'expired' ? 'token_expired' : 'token_invalid')
  admit(found.access, checking.match.route, checking.parts.rules, checking.match.params)
  return found.access
}

function check({ parts, context, credential: { kind, token } }: Checking): Promise<AccessCheck> {
  const { accessTokens } = parts.useCases
  const presenter = { context }
  switch (kind) {
    case 'access':
      return accessTokens.check(token, presenter)
    case 'cookie':
      return accessTokens.checkCookie(token, presenter)
    case 'pair':
      return accessTokens.checkPair(token, presenter)
    case 'personal':
      return accessTokens.checkPersonal(token, presenter)
  }
}

/**
 * Refuses a request for another host name, before its content is verified. A request without a readable credential is
 * refused for that reason instead, as under any name.
 *
 * @throws RequestError `host_unknown` (RFC 9110 §15.5.20); `request_invalid` if the name is malformed.
 */
export function refuseHost(
  host: 'foreign' | 'malformed',
  { parsers }: Pick<PresentedParts, 'parsers'>,
  request: RequestValue,
  route: Route,
  body: LazyBody,
): never {
  if (host === 'malformed') throw new RequestError('request_invalid', 'The Host header is not valid.')
  if (route.access.presented === 'client') readClient(request, (body.value ?? {}) as Record<string, unknown>)
  else if (
    route.security.length > 0 &&
    parseCredential(request, route.security, parsers, () => body.readable()).kind === 'none'
  ) {
    throw credentialsMissing()
  }
  throw new RequestError('host_unknown', 'The Host header does not name this server.')
}
