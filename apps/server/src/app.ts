// The composition of everything that answers requests: no port is opened here and no process touched.
import type { RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import type { Authority } from './authority.ts'
import { type Dialect, owns } from './dialects/dialect.ts'
import { dialectOperations, dialects } from './dialects/registry.ts'
import { type Handlers, type Route, routes } from './generated/index.ts'
import { expressApp } from './http/express.ts'
import type { Handle } from './http/message.ts'
import { nodeBinding } from './http/node.ts'
import { buildRouter } from './http/route.ts'
import { compileShapes } from './http/validate.ts'
import { authorizationHandlers } from './native/authorizations.ts'
import { meHandlers } from './native/me.ts'
import { nativeAudience } from './native/problem.ts'
import { sessionHandlers } from './native/sessions.ts'
import { oauthHandlers } from './oauth/handlers.ts'
import { oauthAudience } from './oauth/problem.ts'
import { Documentation } from './operations/documentation.ts'
import { operationsHandlers } from './operations/handlers.ts'
import { Metrics } from './operations/metrics.ts'
import type { Audience } from './pipeline/audience.ts'
import { clientAddress } from './pipeline/client-address.ts'
import type { Context } from './pipeline/context.ts'
import { parsers } from './pipeline/credentials.ts'
import { createPipeline } from './pipeline/pipeline.ts'
import { observer } from './pipeline/observer.ts'
import { contractOf } from './served-contract.ts'
import { version } from './version.ts'

/** The server without its port. */
export interface App {
  /** For `node:http`: hot operations go straight to the pipeline, the others through Express. */
  readonly listener: RequestListener
  /** The pipeline itself, for those who mount it elsewhere. */
  readonly handle: Handle
  /** From here on requests are served. */
  ready(): void
  /** From here on they are refused with 503. */
  stop(): void
}

/**
 * Puts the app together.
 *
 * @throws Error if contract, routes, handlers and schemes do not fit each other: then nothing may be served.
 */
export async function createApp(authority: Authority): Promise<App> {
  let serving = false
  const isServing = () => serving
  const enabled: readonly Dialect<object>[] = dialects.filter(({ name }) => authority.config.dialects.includes(name))
  const vendors = new Set<string>(dialects.map(({ name }) => name))
  const isOff = (tag: string) => vendors.has(tag) && !enabled.some(({ name }) => name === tag)
  const table: readonly Route[] = (Object.values(routes) as Route[]).filter(({ tag }) => !isOff(tag))
  const contract = contractOf(readContract(), isOff)
  const metrics = new Metrics(version)
  const documentation = new Documentation()
  const handlers: Handlers<Context> = {
    ...sessionHandlers(authority),
    ...meHandlers(authority),
    ...authorizationHandlers(authority),
    ...oauthHandlers(authority),
    ...operationsHandlers({
      store: authority.store,
      metrics,
      documentation,
      contract: JSON.stringify(contract),
      serving: isServing,
    }),
    ...dialectOperations(authority),
  }
  const shapes = await compileShapes(contract)
  requireComplete(table, shapes)
  const handle = createPipeline({
    router: buildRouter(table),
    shapes,
    handlers,
    useCases: authority.useCases,
    rules: { issuer: authority.domain.issuer, vendors },
    origins: new Set([new URL(authority.domain.issuer).origin]),
    audienceOf: audiences(enabled),
    addressOf: clientAddress(authority.config.trustedProxies),
    serving: isServing,
    observe: observer(authority.logger, metrics),
  })
  return {
    listener: listener(handle, authority, table),
    handle,
    ready: () => {
      serving = true
    },
    stop: () => {
      serving = false
    },
  }
}

const readContract = (): object => createRequire(import.meta.url)('@countersign/spec/openapi.json') as object

/** The second lock behind the compiler: each route has its shape, each scheme its parser (N-164). */
function requireComplete(table: readonly Route[], shapes: ReadonlyMap<string, unknown>): void {
  const bound = new Set<string>(table.map(({ operationId }) => operationId))
  for (const { operationId, security } of table) {
    if (!shapes.has(operationId)) throw new Error(`the route ${operationId} has no operation in the contract`)
    const unknown = security.find((scheme) => !(scheme in parsers))
    if (unknown !== undefined) throw new Error(`the security scheme ${unknown} of ${operationId} has no parser`)
  }
  for (const operationId of shapes.keys()) {
    if (!bound.has(operationId)) throw new Error(`the operation ${operationId} of the contract has no route`)
  }
}

/** Who reads an answer: by the operation's tag, else by the path, the longest prefix first. */
function audiences(enabled: readonly Dialect<object>[]): (tag: string | undefined, path: string) => Audience {
  const byTag = new Map<string, Audience>([['oauth', oauthAudience]])
  const byPath: { prefix: string; audience: Audience }[] = [{ prefix: '/oauth2', audience: oauthAudience }]
  for (const { name, paths, audience } of enabled) {
    byTag.set(name, audience)
    for (const prefix of paths) byPath.push({ prefix, audience })
  }
  byPath.sort((a, b) => b.prefix.length - a.prefix.length)
  return (tag, path) => {
    if (tag !== undefined) return byTag.get(tag) ?? nativeAudience
    return byPath.find(({ prefix }) => owns(prefix, path))?.audience ?? nativeAudience
  }
}

function listener(handle: Handle, authority: Authority, table: readonly Route[]): RequestListener {
  const options = {
    random: authority.domain.random,
    onFault: (fault: unknown, requestId: string) => authority.logger.error('binding_fault', { request_id: requestId, error: fault }),
  }
  const hot = new Set(table.filter((route) => route.hot).map(({ path }) => path))
  const direct = nodeBinding(handle, options)
  const express = expressApp(handle, options)
  return (request, response) => {
    const mark = request.url?.indexOf('?') ?? -1
    const path = mark < 0 ? request.url : request.url?.slice(0, mark)
    if (path !== undefined && hot.has(path)) direct(request, response)
    else express(request, response)
  }
}
