// Processes every request, independent of the framework: route → size limit → credential → role → schema → proof →
// handler → answer. Authentication precedes validation: a request without a token and with an invalid body gets 401.
// The folder pipeline/ owns the security steps of all operations and must not know what a handler does.
import { type Access, AuthError, type RequestContext, type UseCases } from '@countersign/core'
import type { ErrorRenderer } from '../errors/error-renderer.ts'
import { type Fault, toFault } from '../errors/fault.ts'
import type { OperationId, Route } from '../generated/index.ts'
import type { RouteMatch, Router } from '../http/contract/route.ts'
import type { OperationShape } from '../http/contract/validate.ts'
import { RequestAborted, RequestError } from '../http/errors.ts'
import { type Handle, type RequestValue, type ResponseValue, refuseRepeatedHost } from '../http/message.ts'
import { findSessionCookie } from '../http/parse/cookie.ts'
import { parseQuery } from '../http/parse/query.ts'
import { withSecurityHeaders } from '../http/security-headers.ts'
import { type AdmissionRules, admit, credentialsMissing } from './admission.ts'
import { authenticateClient, readClient } from './client-credentials.ts'
import { Context, type Presented, type Sender } from './context.ts'
import { type CredentialParsers, guardCookie, parseCredential, readCredential } from './credentials.ts'
import {
  answerPreflight,
  type CorsRules,
  corsHeaders,
  type OtherOrigin,
  otherOriginOf,
  refuseOtherOrigins,
  requireListedOrigin,
  requireOriginAt,
} from './cross-origin.ts'
import type { Exposure } from './exposure.ts'
import { proveCaller } from './proof.ts'
import { LazyBody, readBytes } from './request-body.ts'
import { respond } from './respond.ts'

/** A handler as the pipeline calls it. The generated types were checked where handlers are bound. */
export type BoundHandler = (input: never, context: Context) => unknown

export interface PipelineParts {
  readonly router: Router<Route>
  readonly shapes: ReadonlyMap<string, OperationShape>
  readonly handlers: Readonly<Record<OperationId, BoundHandler>>
  readonly useCases: Pick<UseCases, 'accessTokens' | 'clientAuthentication' | 'stepUp'>
  readonly rules: AdmissionRules
  /** One for each security scheme of the contract. */
  readonly parsers: CredentialParsers
  /** Origins whose pages may change state with the session cookie. */
  readonly origins: ReadonlySet<string>
  /** Which pages of other origins may call, without the session cookie. */
  readonly cors: CorsRules
  /**
   * Where the contract requires a recent login: the maximum age of a login by session cookie, by tag, in seconds.
   * Default: 300.
   */
  readonly cookieLoginMaxAge: ReadonlyMap<string, number>
  /** The error renderer of an operation's tag, or of the path if there is no operation. */
  readonly errorsOf: (tag: string | undefined, path: string) => ErrorRenderer
  /** The client's address: the peer's, or the one that a trusted proxy reports. */
  readonly addressOf: (request: RequestValue) => string
  /** Which operations this listener serves to which callers. */
  readonly exposure: Exposure
  /** Whether the issuer is https. Clients then use TLS, even if a proxy terminates it. */
  readonly secure: boolean
  /** Whether requests are served: not during start-up and not while stopping. */
  readonly serving: () => boolean
  /** Reads the keys again if they were changed, by whichever process: a revoked key is refused at once. */
  readonly reloadKeys: () => Promise<void>
  /** Called for each request after it was answered. */
  readonly observe: (seen: Observation) => void
}

/** Facts about one request, for log and metrics. Contains no secret. */
export interface Observation {
  readonly request: RequestValue
  /** The client's address. */
  readonly address: string
  readonly route: Route | undefined
  readonly presented: Presented | undefined
  readonly response: ResponseValue
  readonly fault: Fault | undefined
  readonly durationMilliseconds: number
}

/** What is known of a request while it is processed. */
interface Seen {
  route?: Route
  context?: Context
  other?: OtherOrigin | undefined
}

const noRouteDetail = 'The path does not exist.'

/** Operations that answer before the server is ready: liveness and readiness. */
const always: ReadonlySet<string> = new Set<OperationId>(['checkLiveness', 'checkReadiness'])

/** Builds the pipeline. It answers every request and never throws. */
export function createPipeline(parts: PipelineParts): Handle {
  return async (request) => {
    const began = performance.now()
    const seen: Seen = {}
    const address = parts.addressOf(request)
    const { response, fault } = await answer(parts, request, address, seen)
    parts.observe({
      request,
      address,
      route: seen.route,
      presented: seen.context?.presented,
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

async function answer(parts: PipelineParts, request: RequestValue, address: string, seen: Seen): Promise<Answered> {
  let response: ResponseValue
  let fault: Fault | undefined
  try {
    refuseRepeatedHost(request)
    if (request.headers.origin !== undefined) seen.other = await otherOriginOf(request, parts.origins, parts.cors)
    const preflight = seen.other && answerPreflight(request, seen.other, parts)
    response = preflight ?? (await serve(parts, request, address, seen))
  } catch (error) {
    if (error instanceof RequestAborted || request.signal.aborted) {
      // The client has disconnected; the answer is not read.
      return { response: { status: 400, headers: { connection: 'close' }, body: undefined }, fault: undefined }
    }
    fault = toFault(error)
    response = parts.errorsOf(seen.route?.tag, request.path).render(fault, seen.route?.operationId)
  }
  const guarded = withSecurityHeaders(response, { encrypted: request.encrypted || parts.secure, page: pageOf(seen) })
  const cors = corsHeaders(response, seen.route, seen.other, parts.cors.names)
  const headers = { ...guarded.headers, ...cors, 'x-request-id': request.requestId }
  return { response: { ...guarded, headers }, fault }
}

function pageOf({ route }: Seen): 'api' | 'documentation' | 'console' {
  if (route?.tag === 'console') return 'console'
  return route?.tag === 'operations' && route.path.startsWith('/docs') ? 'documentation' : 'api'
}

async function serve(parts: PipelineParts, request: RequestValue, address: string, seen: Seen): Promise<ResponseValue> {
  const match = parts.router.match(request.method, request.path)
  const { route } = match
  seen.route = route
  if (!parts.exposure.shows(route.operationId, request)) throw new RequestError('route_not_found', noRouteDetail)
  if (!always.has(route.operationId)) {
    if (!parts.serving()) throw new AuthError('unavailable')
    await parts.reloadKeys()
  }
  const { other } = seen
  refuseOtherOrigins(request.headers, route, other, parts)
  const shape = parts.shapes.get(route.operationId)
  if (!shape) throw new Error(`no shape for ${route.operationId}`)
  const vendor = parts.rules.dialectTags.has(route.tag)
  const body = new LazyBody(
    request,
    shape,
    vendor,
    await readBytes(request, route, shape, { parsers: parts.parsers, vendor }),
  )
  if (other?.allowed) await requireListedOrigin(other, route, body.readable, parts.cors)
  const host = parts.exposure.host(route.operationId, request)
  if (host !== 'known') refuseHost(host, parts, request, route, body)
  const requestContext = requestContextOf(request, address)
  const presented = await findPresented(parts, request, requestContext, match, body)
  const sent: Partial<Sender> = {
    accept: String(request.headers.accept ?? ''),
    acceptEncoding: String(request.headers['accept-encoding'] ?? ''),
    isNavigation: request.headers['sec-fetch-mode'] === 'navigate',
    isCrossOrigin: other !== undefined,
    ...(other?.allowed && {
      requireOriginAt: (audience) => requireOriginAt(other.origin, audience, parts.cors.allowedOrigins),
    }),
  }
  seen.context = new Context(requestContext, presented, sent)
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
  const proven = await withProof(parts, presented, match, outcome.input, requestContext)
  if (proven !== presented) seen.context = new Context(requestContext, proven, sent)
  const handler = parts.handlers[route.operationId] as (input: unknown, context: Context) => unknown
  return respond(await handler(outcome.input, seen.context))
}

/** The last check of the caller, after the schema check, because a proof may be in the body. */
async function withProof(
  { useCases, cookieLoginMaxAge }: PipelineParts,
  presented: Presented,
  { route, params }: RouteMatch<Route>,
  input: unknown,
  requestContext: RequestContext,
): Promise<Presented> {
  const { access, byCookie } = presented
  if (!access) return presented
  const { body } = input as { readonly body?: unknown }
  const maxAgeSeconds = byCookie ? cookieLoginMaxAge.get(route.tag) : undefined
  const proof = await proveCaller({ access, route, params, body, maxAgeSeconds }, useCases, requestContext)
  return proof ? { ...presented, proof } : presented
}

/**
 * Refuses a request for another host name, before its content is verified. A request without a readable credential is
 * refused for that reason instead, as under any name.
 *
 * @throws RequestError `host_unknown` (RFC 9110 §15.5.20); `request_invalid` if the name is malformed.
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
  throw new RequestError('host_unknown', 'The Host header does not name this server.')
}

const requestContextOf = (request: RequestValue, address: string): RequestContext => ({
  address,
  requestId: request.requestId,
  get userAgent() {
    const agent = request.headers['user-agent']
    return typeof agent === 'string' ? agent : undefined
  },
  // Created only for work that can be cancelled.
  get signal() {
    return request.signal
  },
})

/** Parsed only if a handler reads it. */
const besideCookie = (request: RequestValue): Presented => ({
  get cookie() {
    const found = findSessionCookie(request.rawHeaders)
    return found.kind === 'cookie' ? found.token : undefined
  },
})

async function findPresented(
  parts: PipelineParts,
  request: RequestValue,
  requestContext: RequestContext,
  { route, params }: RouteMatch<Route>,
  body: LazyBody,
): Promise<Presented> {
  if (route.access.presented === 'client') {
    const form = (body.value ?? {}) as Record<string, unknown>
    return { client: await authenticateClient(request, form, requestContext, parts.useCases) }
  }
  if (route.security.length === 0) return besideCookie(request)
  const credential = readCredential(request, route, parts.parsers, body.readable)
  if (credential.kind === 'none') throw credentialsMissing()
  if (credential.kind === 'grant') return { grant: credential.grant }
  const { accessTokens } = parts.useCases
  const presenter = { context: requestContext }
  const check = {
    access: () => accessTokens.check(credential.token, presenter),
    cookie: () => accessTokens.checkCookie(credential.token, presenter),
    pair: () => accessTokens.checkPair(credential.token, presenter),
    personal: () => accessTokens.checkPersonal(credential.token, presenter),
  }[credential.kind]
  const admitted = async (): Promise<Access> => {
    const found = await check()
    if (found.outcome !== 'active') throw new AuthError(found.outcome === 'expired' ? 'token_expired' : 'token_invalid')
    admit(found.access, route, parts.rules, params)
    return found.access
  }
  const access = await admitted()
  if (credential.kind === 'cookie') guardCookie(request.headers, route, parts)
  const recheck = async () => {
    await parts.reloadKeys()
    return admitted()
  }
  return { access, byCookie: credential.kind === 'cookie', recheck }
}
