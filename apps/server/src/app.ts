// The composition of everything that answers requests: no port is opened here and no process touched.
import type { RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { audiences } from './audiences.ts'
import type { Authority } from './authority.ts'
import type { Dialect } from './dialects/dialect.ts'
import { dialectOperations, dialects } from './dialects/registry.ts'
import { type Handlers, type OperationId, type Route, routes } from './generated/index.ts'
import { expressApp } from './http/express.ts'
import type { Handle } from './http/message.ts'
import { nodeBinding } from './http/node.ts'
import { buildRouter } from './http/route.ts'
import { compileShapes, type OperationShape } from './http/validate.ts'
import { auditHandlers } from './native/audit.ts'
import { authorizationHandlers } from './native/authorizations.ts'
import { clientHandlers } from './native/clients.ts'
import { dropletHandlers } from './native/droplets.ts'
import { meHandlers } from './native/me.ts'
import { recentFileHandlers } from './native/recent-files.ts'
import { sessionHandlers } from './native/sessions.ts'
import { tokenHandlers } from './native/tokens.ts'
import { userHandlers } from './native/users.ts'
import { oauthHandlers } from './oauth/handlers.ts'
import { Documentation } from './operations/documentation.ts'
import { operationsHandlers } from './operations/handlers.ts'
import { Metrics } from './operations/metrics.ts'
import { clientAddress } from './pipeline/client-address.ts'
import type { Context } from './pipeline/context.ts'
import { parsers } from './pipeline/credentials.ts'
import { forwardedPermission } from './pipeline/forwarded.ts'
import { observer } from './pipeline/observer.ts'
import { createPipeline } from './pipeline/pipeline.ts'
import { certificateTerm } from './process/certificate-term.ts'
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
  const isOff = (operationId: string, tag: string | undefined) =>
    (operationId === ('listMetrics' satisfies OperationId) && !authority.config.metrics) ||
    (tag !== undefined && vendors.has(tag) && !enabled.some(({ name }) => name === tag))
  const schemesOff = new Set<string>(
    dialects
      .filter((dialect) => !enabled.includes(dialect))
      .flatMap((one: Dialect<object>) => one.schemesElsewhere ?? []),
  )
  const table: readonly Route[] = (Object.values(routes) as Route[])
    .filter(({ operationId, tag }) => !isOff(operationId, tag))
    .map((route) => ({ ...route, security: route.security.filter((scheme) => !schemesOff.has(scheme)) }))
  const lenient = enabled.flatMap(({ name, spelling }) =>
    spelling === undefined ? [] : [{ routes: table.filter(({ tag }) => tag === name), spelling }],
  )
  const router = buildRouter(table, lenient)
  const rules = { issuer: authority.domain.issuer, vendors, policy: authority.domain.policy }
  const contract = contractOf(readContract(), ({ operationId, tags }) => isOff(operationId, tags[0]), schemesOff)
  const metrics = new Metrics(version, authority.useCases.guesses, authority.auditKeeping)
  const documentation = new Documentation()
  const handlers: Handlers<Context> = {
    ...sessionHandlers(authority),
    ...meHandlers(authority),
    ...userHandlers(authority),
    ...authorizationHandlers(authority),
    ...oauthHandlers(authority),
    ...operationsHandlers({
      store: authority.store,
      metrics,
      documentation,
      contract: JSON.stringify(contract),
      serving: isServing,
    }),
    ...clientHandlers(authority),
    ...dropletHandlers(authority),
    ...recentFileHandlers(authority),
    ...tokenHandlers(authority),
    ...auditHandlers(authority),
    ...dialectOperations({
      ...authority,
      recentFiles: authority.store.recentFiles,
      permits: forwardedPermission(router, rules),
      certificate: certificateTerm(authority.config),
    }),
  }
  const shapes = await compileShapes(contract, { deferred: true })
  requireComplete(table, shapes)
  const handle = createPipeline({
    router,
    shapes,
    handlers,
    useCases: authority.useCases,
    rules,
    origins: new Set([new URL(authority.domain.issuer).origin]),
    cookieLoginMaxAge: new Map(
      enabled.flatMap(({ name, cookieLoginMaxAge }) =>
        cookieLoginMaxAge ? [[name, cookieLoginMaxAge(authority.config.dialectOptions)]] : [],
      ),
    ),
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
      compileAll(shapes)
    },
    stop: () => {
      serving = false
    },
  }
}

const readContract = (): object => createRequire(import.meta.url)('@countersign/spec/openapi.json') as object

/** Compiles what nobody asked for yet, one at a turn, so that requests are served in between. A fault ends the process. */
function compileAll(shapes: ReadonlyMap<string, OperationShape>): void {
  const waiting = [...shapes.values()]
  const next = () => {
    const shape = waiting.pop()
    if (shape && shape.mediaTypes.length >= 0) setImmediate(next)
  }
  setImmediate(next)
}

/** The second lock behind the compiler: each route has its shape, each scheme its parser (N-164). */
function requireComplete(table: readonly Route[], shapes: ReadonlyMap<string, unknown>): void {
  const bound = new Set<string>(table.map(({ operationId }) => operationId))
  for (const { operationId, security, access } of table) {
    if (access.least !== 'none' && security.length === 0) throw new Error(`nothing opens ${operationId}`)
    if (!shapes.has(operationId)) throw new Error(`the route ${operationId} has no operation in the contract`)
    const unknown = security.find((scheme) => !(scheme in parsers))
    if (unknown !== undefined) throw new Error(`the security scheme ${unknown} of ${operationId} has no parser`)
  }
  for (const operationId of shapes.keys()) {
    if (!bound.has(operationId)) throw new Error(`the operation ${operationId} of the contract has no route`)
  }
}

function listener(handle: Handle, authority: Authority, table: readonly Route[]): RequestListener {
  const options = {
    random: authority.domain.random,
    onFault: (fault: unknown, requestId: string) =>
      authority.logger.error('binding_fault', { request_id: requestId, error: fault }),
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
