// Composes everything that answers requests. The folder compose/ wires all parts together; it opens no port and does not
// touch the process.
import type { RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import type { Term } from '@countersign/core'
import type { Dialect } from '../dialects/kit/dialect.ts'
import { cookieLoginMaxAges, dialectOperations, dialectSchemes, dialects } from '../dialects/registry.ts'
import { type Handlers, type OperationId, type Route, routes } from '../generated/index.ts'
import { expressApp } from '../http/binding/express.ts'
import { type BindingOptions, nodeBinding } from '../http/binding/node.ts'
import { buildRouter } from '../http/contract/route.ts'
import { withAliases } from '../http/contract/route-alias.ts'
import { compileShapes, type OperationShape } from '../http/contract/validate.ts'
import type { Handle } from '../http/message.ts'
import { auditHandlers } from '../native/audit.ts'
import { authorizationHandlers } from '../native/authorizations.ts'
import { clientHandlers } from '../native/clients.ts'
import { dropletHandlers } from '../native/droplets.ts'
import { meHandlers } from '../native/me.ts'
import { recentFileHandlers } from '../native/recent-files.ts'
import { sessionHandlers } from '../native/sessions.ts'
import { tokenHandlers } from '../native/tokens.ts'
import { userHandlers } from '../native/users.ts'
import { oauthHandlers } from '../oauth/handlers.ts'
import { metadataAliases, pathOf } from '../oauth/metadata.ts'
import { Documentation } from '../operations/documentation.ts'
import { operationsHandlers } from '../operations/handlers.ts'
import { Metrics } from '../operations/metrics.ts'
import { observer } from '../operations/observer.ts'
import { clientAddress } from '../pipeline/client-address.ts'
import type { Context } from '../pipeline/context.ts'
import { type CredentialParsers, nativeParsers } from '../pipeline/credentials.ts'
import { apiExposure, metricsExposure } from '../pipeline/exposure.ts'
import { forwardedPermission } from '../pipeline/forwarded.ts'
import { createPipeline, type PipelineParts } from '../pipeline/pipeline.ts'
import { certificateTerm } from '../tls/certificate-term.ts'
import { version } from '../version.ts'
import type { Authority } from './authority.ts'
import { errorRenderers } from './error-renderers.ts'
import { contractOf, servedAt } from './served-contract.ts'

/** The server without its port. */
export interface App {
  /** For `node:http`. Hot operations go straight to the pipeline, the others through Express. */
  readonly listener: RequestListener
  /** For the metrics listener; it serves only metrics. */
  readonly metricsListener: RequestListener
  /** The pipeline itself, for mounting in another server. */
  readonly handle: Handle
  /** Begins to serve requests. */
  ready(): void
  /** Refuses further requests with 503. */
  stop(): void
}

export interface AppOptions {
  /** Validity period of the current TLS certificate. Default: the certificate file as read at start-up. */
  readonly certificate?: () => Term
}

/**
 * Composes the server.
 *
 * @throws Error if contract, routes, handlers and security schemes do not match; the server must not start then.
 */
export async function createApp(authority: Authority, options: AppOptions = {}): Promise<App> {
  const certificateAtStart = certificateTerm(authority.config)
  let serving = false
  const isServing = () => serving
  const enabled: readonly Dialect[] = dialects.filter(({ name }) => authority.config.dialects.includes(name))
  const dialectTags = new Set<string>(dialects.map(({ name }) => name))
  const isOff = (operationId: string, tag: string | undefined) =>
    (operationId === ('listMetrics' satisfies OperationId) && !authority.config.metrics) ||
    (tag !== undefined && dialectTags.has(tag) && !enabled.some(({ name }) => name === tag))
  const schemesOff = new Set<string>(
    dialects.filter((dialect) => !enabled.includes(dialect)).flatMap(({ schemes }) => Object.keys(schemes)),
  )
  const table: readonly Route[] = (Object.values(routes) as Route[])
    .filter(({ operationId, tag }) => !isOff(operationId, tag))
    .map((route) => ({ ...route, security: route.security.filter((scheme) => !schemesOff.has(scheme)) }))
  const lenient = enabled.flatMap(({ name, spelling }) =>
    spelling === undefined ? [] : [{ routes: table.filter(({ tag }) => tag === name), spelling }],
  )
  const { issuer, policy } = authority.domain
  const { allowedHosts, metricsListen } = authority.config
  const router = withAliases(buildRouter(table, lenient), metadataAliases(issuer))
  const rules = { issuer, dialectTags, policy }
  const parsers = { ...nativeParsers, ...dialectSchemes }
  const contract = contractOf(readContract(), ({ operationId, tag }) => isOff(operationId, tag), schemesOff)
  const isServedElsewhere = (operationId: string) =>
    metricsListen !== undefined && operationId === ('listMetrics' satisfies OperationId)
  const served = servedAt(
    pathOf(issuer),
    contractOf(contract, ({ operationId }) => isServedElsewhere(operationId)),
  )
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
      contract: JSON.stringify(served),
      issuer,
      serving: isServing,
    }),
    ...clientHandlers(authority),
    ...dropletHandlers(authority),
    ...recentFileHandlers(authority),
    ...tokenHandlers(authority),
    ...auditHandlers(authority),
    ...dialectOperations(
      {
        ...authority,
        recentFiles: authority.store.recentFiles,
        permits: forwardedPermission(router, rules),
        certificate: options.certificate ?? (() => certificateAtStart),
      },
      authority.config.dialectOptions,
    ),
  }
  const shapes = await compileShapes(contract, { deferred: true })
  requireComplete(table, shapes, parsers)
  const parts: PipelineParts = {
    router,
    shapes,
    handlers,
    useCases: authority.useCases,
    rules,
    parsers,
    origins: new Set([new URL(issuer).origin]),
    cookieLoginMaxAge: cookieLoginMaxAges(enabled, authority.config.dialectOptions),
    errorsOf: errorRenderers(enabled),
    addressOf: clientAddress(authority.config.trustedProxies),
    exposure: apiExposure({ issuer, allowedHosts, metricsElsewhere: metricsListen !== undefined }),
    secure: issuer.startsWith('https:'),
    serving: isServing,
    observe: observer(authority.logger, metrics),
  }
  const handle = createPipeline(parts)
  const binding = bindingOptions(authority)
  return {
    listener: listener(handle, binding, table),
    metricsListener: nodeBinding(createPipeline({ ...parts, exposure: metricsExposure }), binding),
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

/**
 * Compiles the remaining validators, one per event-loop turn, so that requests are served in between. A fault ends the
 * process.
 */
function compileAll(shapes: ReadonlyMap<string, OperationShape>): void {
  const waiting = [...shapes.values()]
  const next = () => {
    const shape = waiting.pop()
    if (shape && shape.mediaTypes.length >= 0) setImmediate(next)
  }
  setImmediate(next)
}

/** At start-up, checks that each route has a validator and a parser for each of its security schemes (N-164). */
function requireComplete(
  table: readonly Route[],
  shapes: ReadonlyMap<string, unknown>,
  parsers: CredentialParsers,
): void {
  const bound = new Set<string>(table.map(({ operationId }) => operationId))
  for (const { operationId, security, access } of table) {
    if (access.least !== 'none' && security.length === 0)
      throw new Error(`${operationId} needs a role but has no security scheme`)
    if (!shapes.has(operationId)) throw new Error(`the route ${operationId} has no operation in the contract`)
    const unknown = security.find((scheme) => !(scheme in parsers))
    if (unknown !== undefined) throw new Error(`the security scheme ${unknown} of ${operationId} has no parser`)
  }
  for (const operationId of shapes.keys()) {
    if (!bound.has(operationId)) throw new Error(`the operation ${operationId} of the contract has no route`)
  }
}

const bindingOptions = ({ domain, logger }: Authority): BindingOptions => ({
  random: domain.random,
  onFault: (fault, requestId) => logger.error('binding_fault', { request_id: requestId, error: fault }),
})

function listener(handle: Handle, options: BindingOptions, table: readonly Route[]): RequestListener {
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
