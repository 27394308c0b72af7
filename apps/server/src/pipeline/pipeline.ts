// The way of every request, framework-free: route → bounded body → credential → role → shape → proof → handler → answer.
// Who you are is settled before what you sent is judged: no token and a bad body is 401.
import { AuthError, type RequestContext, type UseCases } from '@countersign/core'
import type { ErrorRenderer } from '../errors/error-renderer.ts'
import { type Fault, toFault } from '../errors/fault.ts'
import type { OperationId, Route } from '../generated/index.ts'
import type { RouteMatch, Router } from '../http/contract/route.ts'
import type { OperationShape } from '../http/contract/validate.ts'
import { RequestAborted, RequestError } from '../http/errors.ts'
import { type Handle, type RequestValue, type ResponseValue, refuseRepeatedHost } from '../http/message.ts'
import { findSessionCookie } from '../http/parse/cookie.ts'
import { parseQuery } from '../http/parse/query.ts'
import { isFromBrowser, refuseOtherSites, requireOwnNavigation, requireSameOrigin } from '../http/same-origin.ts'
import { withSecurityHeaders } from '../http/security-headers.ts'
import { type AdmissionRules, admit, credentialsMissing } from './admission.ts'
import { authenticateClient, readClient } from './client-credentials.ts'
import { type Caller, Context } from './context.ts'
import { type CredentialParsers, parseCredential } from './credentials.ts'
import type { Exposure } from './exposure.ts'
import { judgesSecret } from './judged-secret.ts'
import { proveCaller } from './proof.ts'
import { LazyBody, readBytes } from './request-body.ts'
import { respond } from './respond.ts'

/** A handler as the pipeline calls it; the generated types have been checked where handlers are bound. */
export type BoundHandler = (input: never, context: Context) => unknown

export interface PipelineParts {
  readonly router: Router<Route>
  readonly shapes: ReadonlyMap<string, OperationShape>
  readonly handlers: Readonly<Record<OperationId, BoundHandler>>
  readonly useCases: Pick<UseCases, 'accessTokens' | 'clientAuthentication' | 'freshProof'>
  readonly rules: AdmissionRules
  /** One for each security scheme of the contract. */
  readonly parsers: CredentialParsers
  /** Pages of these origins may change things with the session cookie. */
  readonly origins: ReadonlySet<string>
  /** Where the contract asks for a recent login: how old one with a session cookie may be, by tag, in seconds. Default is 300. */
  readonly cookieLoginMaxAge: ReadonlyMap<string, number>
  /** Who is spoken to: by the tag of the operation, or by the path where there is none. */
  readonly errorsOf: (tag: string | undefined, path: string) => ErrorRenderer
  /** The client's address: the peer's, or what a trusted proxy says of it. */
  readonly addressOf: (request: RequestValue) => string
  /** To whom this listener shows what. */
  readonly exposure: Exposure
  /** Whether the issuer is https: then clients reach the server by TLS, even where a proxy ends it. */
  readonly secure: boolean
  /** Whether requests are served: not before start-up is over, nor while stopping. */
  readonly serving: () => boolean
  /** Told of each request when it was answered. */
  readonly observe: (seen: Observation) => void
}

/** What was seen of one request; nothing of it is a secret. */
export interface Observation {
  readonly request: RequestValue
  /** The client's. */
  readonly address: string
  readonly route: Route | undefined
  readonly caller: Caller | undefined
  readonly response: ResponseValue
  readonly fault: Fault | undefined
  readonly durationMilliseconds: number
}

const nothingHere = 'There is nothing at this path.'

/** Operations that answer although nothing else is served: whether the process lives, and that it is not ready. */
const always: ReadonlySet<string> = new Set<OperationId>(['checkLiveness', 'checkReadiness'])

/** Builds the pipeline. The result answers every request and throws nothing. */
export function createPipeline(parts: PipelineParts): Handle {
  return async (request) => {
    const began = performance.now()
    const seen: { route?: Route; context?: Context } = {}
    const address = parts.addressOf(request)
    const { response, fault } = await answer(parts, request, address, seen)
    parts.observe({
      request,
      address,
      route: seen.route,
      caller: seen.context?.caller,
      response,
      fault,
      durationMilliseconds: performance.now() - began,
    })
    return response
  }
}

interface Answered {
  readonly response: ResponseValue
  readonly fault: Fault | undefined
}

async function answer(
  parts: PipelineParts,
  request: RequestValue,
  address: string,
  seen: { route?: Route; context?: Context },
): Promise<Answered> {
  let response: ResponseValue
  let fault: Fault | undefined
  try {
    refuseRepeatedHost(request)
    const match = parts.router.match(request.method, request.path)
    seen.route = match.route
    response = await serve(parts, request, address, match, seen)
  } catch (error) {
    if (error instanceof RequestAborted || request.signal.aborted) {
      // Nobody is there to read it.
      return { response: { status: 400, headers: { connection: 'close' }, body: undefined }, fault: undefined }
    }
    fault = toFault(error)
    response = parts.errorsOf(seen.route?.tag, request.path).render(fault, seen.route?.operationId)
  }
  const page = seen.route?.tag === 'operations' && seen.route.path.startsWith('/docs') ? 'documentation' : 'api'
  const guarded = withSecurityHeaders(response, { encrypted: request.encrypted || parts.secure, page })
  return { response: { ...guarded, headers: { ...guarded.headers, 'x-request-id': request.requestId } }, fault }
}

async function serve(
  parts: PipelineParts,
  request: RequestValue,
  address: string,
  match: RouteMatch<Route>,
  seen: { context?: Context },
): Promise<ResponseValue> {
  const { route } = match
  if (!parts.exposure.shows(route.operationId, request)) throw new RequestError('route_not_found', nothingHere)
  if (!parts.serving() && !always.has(route.operationId)) throw new AuthError('unavailable')
  // Before anything is read or counted: what another site's page sends is no guess of its visitor's.
  if (judgesSecret(route)) refuseOtherSites(request.headers, parts.origins)
  const shape = parts.shapes.get(route.operationId)
  if (!shape) throw new Error(`no shape for ${route.operationId}`)
  const vendor = parts.rules.vendors.has(route.tag)
  const body = new LazyBody(
    request,
    shape,
    vendor,
    await readBytes(request, route, shape, { parsers: parts.parsers, vendor }),
  )
  const host = parts.exposure.host(route.operationId, request)
  if (host !== 'known') refuseHost(host, parts, request, route, body)
  const circumstances = circumstancesOf(request, address)
  const caller = await findCaller(parts, request, circumstances, match, body)
  const accept = String(request.headers.accept ?? '')
  seen.context = new Context(circumstances, caller, accept)
  if (body.isThere && shape.mediaTypes.length === 0 && !vendor) {
    throw new RequestError('request_invalid', 'This operation takes no body.')
  }
  const outcome = shape.check({
    params: match.params,
    query: parseQuery(request.query, shape.wantedQuery),
    headers: request.headers,
    body: shape.mediaTypes.length > 0 ? body.value : undefined,
    mediaType: shape.mediaTypes.length > 0 ? (body.mediaType ?? '') : '',
  })
  if (!outcome.ok) {
    throw new RequestError('request_invalid', 'The request does not match the contract.', { errors: outcome.errors })
  }
  const proven = await withProof(parts, caller, match, outcome.input, circumstances)
  if (proven !== caller) seen.context = new Context(circumstances, proven, accept)
  const handler = parts.handlers[route.operationId] as (input: unknown, context: Context) => unknown
  return respond(await handler(outcome.input, seen.context))
}

/** The last look at the caller, after the request was found to be of the contract's shape: a proof may be in its body. */
async function withProof(
  { useCases, cookieLoginMaxAge }: PipelineParts,
  caller: Caller,
  { route, params }: RouteMatch<Route>,
  input: unknown,
  circumstances: RequestContext,
): Promise<Caller> {
  const { access, byCookie } = caller
  if (!access) return caller
  const { body } = input as { readonly body?: unknown }
  const maxAgeSeconds = byCookie ? cookieLoginMaxAge.get(route.tag) : undefined
  const proof = await proveCaller({ access, route, params, body, maxAgeSeconds }, useCases, circumstances)
  return proof ? { ...caller, proof } : caller
}

/**
 * Refuses a request that does not call this server by its name, before anything in it is judged. One without a credential that
 * can be read is refused for that, as by any name.
 *
 * @throws RequestError `host_unknown` (RFC 9110 §15.5.20); `request_invalid` where it is no name.
 */
function refuseHost(
  host: 'foreign' | 'malformed',
  { parsers }: PipelineParts,
  request: RequestValue,
  route: Route,
  body: LazyBody,
): never {
  if (host === 'malformed') throw new RequestError('request_invalid', 'The Host header is not valid.')
  if (route.access.presented === 'client') readClient(request, (body.value ?? {}) as Record<string, unknown>)
  else if (
    route.security.length > 0 &&
    parseCredential(request, route.security, parsers, body.readable).kind === 'none'
  ) {
    throw credentialsMissing()
  }
  throw new RequestError('host_unknown', 'This server does not have the name that the request calls it by.')
}

const circumstancesOf = (request: RequestValue, address: string): RequestContext => ({
  address,
  requestId: request.requestId,
  // Asked for only by work that can be called off.
  get signal() {
    return request.signal
  },
})

/**
 * A cookie goes along with requests that another site's page starts: what changes something must come from our own. In a
 * vendor's dialect a request that no browser marked is one of a program, as the vendor prints it with curl.
 */
function guardCookie(request: RequestValue, route: Route, parts: PipelineParts): void {
  const { headers } = request
  if (route.method === 'GET') {
    if (route.stateChanging) requireOwnNavigation(headers)
  } else if (parts.rules.vendors.has(route.tag) && !isFromBrowser(headers)) requireOwnNavigation(headers)
  else requireSameOrigin(headers, parts.origins)
}

/** What nobody asked for is read only if a handler asks. */
const besideCookie = (request: RequestValue): Caller => ({
  get cookie() {
    const found = findSessionCookie(request.rawHeaders)
    return found.kind === 'cookie' ? found.token : undefined
  },
})

async function findCaller(
  parts: PipelineParts,
  request: RequestValue,
  circumstances: RequestContext,
  { route, params }: RouteMatch<Route>,
  body: LazyBody,
): Promise<Caller> {
  if (route.access.presented === 'client') {
    const form = (body.value ?? {}) as Record<string, unknown>
    return { client: await authenticateClient(request, form, circumstances, parts.useCases) }
  }
  if (route.security.length === 0) return besideCookie(request)
  const credential = parseCredential(request, route.security, parts.parsers, body.readable)
  if (credential.kind === 'none') throw credentialsMissing()
  if (credential.kind === 'grant') return { grant: credential.grant }
  const { accessTokens } = parts.useCases
  const check = await {
    access: () => accessTokens.check(credential.token),
    cookie: () => accessTokens.checkCookie(credential.token),
    pair: () => accessTokens.checkPair(credential.token),
    personal: () => accessTokens.checkPersonal(credential.token),
  }[credential.kind]()
  if (check.outcome !== 'active') throw new AuthError(check.outcome === 'expired' ? 'token_expired' : 'token_invalid')
  admit(check.access, route, parts.rules, params)
  if (credential.kind === 'cookie') guardCookie(request, route, parts)
  return { access: check.access, byCookie: credential.kind === 'cookie' }
}
