// Processes every request, independent of the framework: route → size limit → credential → role → schema → proof →
// handler → answer. Authentication precedes validation: a request without a token and with an invalid body gets 401.
// The folder pipeline/ owns the security steps of all operations and must not know what a handler does.
import { AuthError, type ProvenUser, type RequestContext, type UseCases } from '@countersign/core'
import type { ErrorRenderer } from '../errors/error-renderer.ts'
import { type Fault, toFault } from '../errors/fault.ts'
import type { OperationId, Route } from '../generated/index.ts'
import type { RouteMatch, Router } from '../http/contract/route.ts'
import type { OperationShape } from '../http/contract/validate.ts'
import { RequestAborted, RequestError } from '../http/errors.ts'
import { type Handle, type RequestValue, type ResponseValue, refuseRepeatedHost } from '../http/message.ts'
import { parseQuery } from '../http/parse/query.ts'
import { anyOrigin, Context, type Presented, type Sender } from './context.ts'
import {
  answerPreflight,
  type CorsRules,
  type OtherOrigin,
  otherOriginOf,
  refuseOtherOrigins,
  requireListedOrigin,
  requireOriginAt,
} from './cross-origin.ts'
import type { Exposure } from './exposure.ts'
import { findPresented, nothingPresented, type PresentedParts, RequestOrigin, refuseHost } from './presented.ts'
import { proveCaller } from './proof.ts'
import { LazyBody, readBytes } from './request-body.ts'
import { AnswerHeaders, respond } from './respond.ts'

/** A handler as the pipeline calls it. The generated types were checked where handlers are bound. */
export type BoundHandler = (input: never, context: Context) => unknown

export interface PipelineParts extends PresentedParts {
  readonly router: Router<Route>
  readonly shapes: ReadonlyMap<string, OperationShape>
  readonly handlers: Readonly<Record<OperationId, BoundHandler>>
  readonly useCases: Pick<UseCases, 'accessTokens' | 'clientAuthentication' | 'stepUp'>
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
  route: Route | undefined
  context: Context | undefined
  other: OtherOrigin | undefined
  fault: Fault | undefined
}

const noRouteDetail = 'The path does not exist.'

/** Operations that answer before the server is ready: liveness and readiness. */
const always: ReadonlySet<string> = new Set<OperationId>(['checkLiveness', 'checkReadiness'])

/** Builds the pipeline. It answers every request and never throws. */
export function createPipeline(parts: PipelineParts): Handle {
  const headers = new AnswerHeaders(parts)
  return async (request) => {
    const began = performance.now()
    const seen: Seen = { route: undefined, context: undefined, other: undefined, fault: undefined }
    const address = parts.addressOf(request)
    const response = await answer(parts, request, address, seen)
    const complete = response && headers.complete(response, request, seen.route, seen.other)
    parts.observe({
      request,
      address,
      route: seen.route,
      presented: seen.context?.presented,
      response: complete ?? unread,
      fault: seen.fault,
      durationMilliseconds: performance.now() - began,
    })
    return complete ?? unread
  }
}

/** For a client that has disconnected: it is not read. */
const unread: ResponseValue = { status: 400, headers: { connection: 'close' }, body: undefined }

/** @returns `undefined` if the client has disconnected. */
async function answer(
  parts: PipelineParts,
  request: RequestValue,
  address: string,
  seen: Seen,
): Promise<ResponseValue | undefined> {
  try {
    refuseRepeatedHost(request)
    if (request.headers.origin !== undefined) seen.other = await otherOriginOf(request, parts.origins, parts.cors)
    const preflight = seen.other && answerPreflight(request, seen.other, parts)
    return preflight ?? (await serve(parts, request, address, seen))
  } catch (error) {
    if (error instanceof RequestAborted || request.aborted) return undefined
    seen.fault = toFault(error)
    return parts.errorsOf(seen.route?.tag, request.path).render(seen.fault, seen.route?.operationId)
  }
}

async function serve(parts: PipelineParts, request: RequestValue, address: string, seen: Seen): Promise<ResponseValue> {
  const match = parts.router.match(request.method, request.path)
  const { route } = match
  seen.route = route
  if (!parts.exposure.shows(route.operationId, request)) throw new RequestError('route_not_found', noRouteDetail)
  const isAlways = always.has(route.operationId)
  if (!isAlways && !parts.serving()) throw new AuthError('unavailable')
  const { other } = seen
  refuseOtherOrigins(request.headers, route, other, parts)
  const shape = parts.shapes.get(route.operationId)
  if (!shape) throw new Error(`no shape for ${route.operationId}`)
  const takesBody = shape.mediaTypes.length > 0
  const vendor = parts.rules.dialectTags.has(route.tag)
  const bytes = await readBytes(request, route, shape, parts.parsers, vendor)
  const body = new LazyBody(request, shape, vendor, bytes)
  if (other?.allowed) await requireListedOrigin(other, route, () => body.readable(), parts.cors)
  const host = parts.exposure.host(route.operationId, request)
  if (host !== 'known') refuseHost(host, parts, request, route, body)
  const origin = new RequestOrigin(request, address)
  const presented = isAlways ? nothingPresented(request) : await findPresented(parts, request, origin, match, body)
  const sent = senderOf(request, other, parts)
  seen.context = new Context(origin, presented, sent)
  if (body.isThere && !takesBody && !vendor) {
    throw new RequestError('request_invalid', 'This operation takes no body.')
  }
  const outcome = shape.check({
    params: match.params,
    query: parseQuery(request.query, shape.wantedQuery),
    headers: request.headers,
    body: takesBody ? body.value : undefined,
    mediaType: takesBody ? (body.mediaType ?? '') : '',
  })
  if (!outcome.ok) {
    throw new RequestError('request_invalid', 'The request does not match the contract.', { errors: outcome.errors })
  }
  if (route.effects.length > 0) {
    const proof = await proofOf(parts, presented, match, outcome.input, origin)
    if (proof) seen.context = new Context(origin, presented, sent, proof)
  }
  const handler = parts.handlers[route.operationId] as (input: unknown, context: Context) => unknown
  return respond(await handler(outcome.input, seen.context))
}

function senderOf({ headers }: RequestValue, other: OtherOrigin | undefined, { cors }: PipelineParts): Sender {
  return {
    accept: String(headers.accept ?? ''),
    acceptEncoding: String(headers['accept-encoding'] ?? ''),
    isNavigation: headers['sec-fetch-mode'] === 'navigate',
    isCrossOrigin: other !== undefined,
    requireOriginAt: other?.allowed
      ? (audience) => requireOriginAt(other.origin, audience, cors.allowedOrigins)
      : anyOrigin,
  }
}

/** The last check of the caller, after the schema check, because a proof may be in the body. */
async function proofOf(
  { useCases, cookieLoginMaxAge }: PipelineParts,
  { access, byCookie }: Presented,
  { route, params }: RouteMatch<Route>,
  input: unknown,
  requestContext: RequestContext,
): Promise<ProvenUser | undefined> {
  if (!access) return undefined
  const { body } = input as { readonly body?: unknown }
  const maxAgeSeconds = byCookie ? cookieLoginMaxAge.get(route.tag) : undefined
  return proveCaller({ access, route, params, body, maxAgeSeconds }, useCases, requestContext)
}
