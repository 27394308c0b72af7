// Composes everything that answers requests. The folder compose/ wires all parts together; it opens no port and does not
// touch the process.
import type { RequestListener } from 'node:http'
import { AuthError, nextRotationAt, type Term } from '@countersign/core'
import { compiledContract } from '@countersign/spec/compiled'
import { readConsoleFile, readContract } from '../carried-files.ts'
import { effectiveSettings } from '../config/effective-settings.ts'
import { schemaOf } from '../config/schema.ts'
import { databaseBytes } from '../data-folder/data-folder.ts'
import type { Dialect } from '../dialects/kit/dialect.ts'
import { cookieLoginMaxAges, dialectOperations, dialectSchemes, dialects } from '../dialects/registry.ts'
import { type Handlers, type OperationId, type Route, routes } from '../generated/index.ts'
import { expressApp } from '../http/binding/express.ts'
import { type BindingOptions, nodeBinding } from '../http/binding/node.ts'
import { corsNames } from '../http/contract/cors-names.ts'
import { buildRouter } from '../http/contract/route.ts'
import { withAliases } from '../http/contract/route-alias.ts'
import { shapesOf } from '../http/contract/validate.ts'
import type { Handle } from '../http/message.ts'
import { apiHandlers } from '../native/apis.ts'
import { auditHandlers } from '../native/audit.ts'
import { authorizationHandlers } from '../native/authorizations.ts'
import { clientHandlers } from '../native/clients.ts'
import { dropletHandlers } from '../native/droplets.ts'
import { forwardAuthHandlers } from '../native/forward-auth.ts'
import { meHandlers } from '../native/me.ts'
import { recentFileHandlers } from '../native/recent-files.ts'
import { RevocationStreams } from '../native/revocation-streams.ts'
import { revocationHandlers } from '../native/revocations.ts'
import { keyHandlers } from '../native/running/keys.ts'
import { settingHandlers } from '../native/running/settings.ts'
import { statisticsHandlers } from '../native/running/statistics.ts'
import { Traffic } from '../native/running/traffic.ts'
import { sessionHandlers } from '../native/sessions.ts'
import { tokenHandlers } from '../native/tokens.ts'
import { userHandlers } from '../native/users.ts'
import { oauthHandlers } from '../oauth/handlers.ts'
import { metadataAliases, pathOf } from '../oauth/metadata.ts'
import { type ConsoleFiles, consoleHandlers, isBuilt, withViews } from '../operations/console.ts'
import { Documentation } from '../operations/documentation.ts'
import { operationsHandlers } from '../operations/handlers.ts'
import { Metrics } from '../operations/metrics.ts'
import { observer } from '../operations/observer.ts'
import { clientAddress } from '../pipeline/client-address.ts'
import type { Context } from '../pipeline/context.ts'
import { type CredentialParsers, nativeParsers } from '../pipeline/credentials.ts'
import { noOrigins } from '../pipeline/cross-origin.ts'
import { apiExposure, metricsExposure } from '../pipeline/exposure.ts'
import { forwardedPermission } from '../pipeline/forwarded.ts'
import { createPipeline, type PipelineParts } from '../pipeline/pipeline.ts'
import { certificateTerm } from '../tls/certificate-term.ts'
import { version } from '../version.ts'
import { allowedOriginsOf } from './allowed-origins.ts'
import type { Authority } from './authority.ts'
import { isOnServer } from './database-server.ts'
import { errorRenderers } from './error-renderers.ts'
import { contractOf, servedAt } from './served-contract.ts'

/** The server without its port. */
export interface App {
  /** For `node:http`. Hot operations go straight to the pipeline, the others through Express. */
  readonly listener: RequestListener
  /** For the metrics listener; it serves only metrics. */
  readonly metricsListener: RequestListener
  /** Whether the console is served, and was built. */
  readonly hasConsole: boolean
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
  /** Where the console's files come from. Default: its build. */
  readonly consoleFiles?: ConsoleFiles
  /**
   * Runs every operation, for servers that tests disturb: it may throw, wait, and call `run` or not. Default: `run()`. It is called
   * after authentication and validation.
   */
  readonly around?: <T>(operation: AroundOperation, run: () => Promise<T>) => Promise<T>
}

/** One call of an operation. */
export type AroundOperation = Pick<Route, 'operationId' | 'method' | 'path'>

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
    (tag === 'console' && !servesConsole(authority)) ||
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
  const { allowedHosts, allowedOrigins, metricsListen } = authority.config
  const router = withViews(withAliases(buildRouter(table, lenient), metadataAliases(issuer)))
  const consoleFiles = options.consoleFiles ?? { read: readConsoleFile }
  const hasConsole = servesConsole(authority) && isBuilt(consoleFiles)
  const rules = { issuer, dialectTags, policy }
  const parsers = { ...nativeParsers, ...dialectSchemes }
  const isServedElsewhere = (operationId: string) =>
    metricsListen !== undefined && operationId === ('listMetrics' satisfies OperationId)
  // Few ask for it, and it is most of a megabyte.
  let served: string | undefined
  const showContract = () => {
    const isAbsent = ({ operationId, tag }: { readonly operationId: string; readonly tag: string }) =>
      isOff(operationId, tag) || isServedElsewhere(operationId)
    served ??= JSON.stringify(servedAt(pathOf(issuer), contractOf(readContract(), isAbsent, schemesOff)))
    return served
  }
  const certificate = options.certificate ?? (() => certificateAtStart)
  const metrics = metricsOf(authority, certificate)
  const log = observer(authority.logger, metrics)
  const traffic = new Traffic(() => authority.clock.latest())
  const documentation = new Documentation()
  const { monotonic } = authority
  const revocationStreams = new RevocationStreams(authority.useCases.revocationFeed, { monotonic })
  const handlers: Handlers<Context> = {
    ...sessionHandlers(authority),
    ...meHandlers(authority),
    ...userHandlers(authority),
    ...authorizationHandlers(authority),
    ...oauthHandlers(authority),
    ...operationsHandlers({
      checkStore: async () => {
        await authority.store.marks.highWater()
        await authority.reloadKeys()
        if (!authority.databaseClock.isTolerable) throw new AuthError('unavailable')
      },
      metrics,
      documentation,
      contract: showContract,
      issuer,
      hasConsole,
      serving: isServing,
    }),
    ...consoleHandlers(consoleFiles),
    ...apiHandlers(authority),
    ...clientHandlers(authority),
    ...forwardAuthHandlers(authority),
    ...dropletHandlers(authority),
    ...recentFileHandlers({ ...authority, recentFiles: authority.store.recentFiles }),
    ...tokenHandlers(authority),
    ...auditHandlers(authority),
    ...keyHandlers(authority),
    ...statisticsHandlers({ ...authority, traffic, certificate }),
    ...settingHandlers(effectiveSettings(authority.config, schemaOf(dialects))),
    ...revocationHandlers({ ...authority, revocationStreams }),
    ...dialectOperations(
      {
        ...authority,
        recentFiles: authority.store.recentFiles,
        permits: forwardedPermission(router, rules),
        certificate,
      },
      authority.config.dialectOptions,
    ),
  }
  const shapes = shapesOf(compiledContract)
  requireComplete(table, shapes, parsers)
  const names = corsNames(table, compiledContract)
  const parts: PipelineParts = {
    router,
    shapes,
    handlers: options.around ? runAround(handlers, options.around) : handlers,
    useCases: authority.useCases,
    rules,
    parsers,
    origins: new Set([new URL(issuer).origin]),
    cors: { allowedOrigins: allowedOriginsOf(authority, allowedOrigins), names },
    cookieLoginMaxAge: cookieLoginMaxAges(enabled, authority.config.dialectOptions),
    errorsOf: errorRenderers(enabled),
    addressOf: clientAddress(authority.config.trustedProxies),
    exposure: apiExposure({ issuer, allowedHosts, metricsElsewhere: metricsListen !== undefined }),
    secure: issuer.startsWith('https:'),
    serving: isServing,
    reloadKeys: authority.reloadKeys,
    observe: (seen) => {
      log(seen)
      traffic.observe(seen)
    },
  }
  const handle = createPipeline(parts)
  const binding = bindingOptions(authority)
  return {
    listener: listener(handle, binding, table),
    metricsListener: nodeBinding(
      createPipeline({ ...parts, exposure: metricsExposure, cors: { allowedOrigins: noOrigins, names } }),
      binding,
    ),
    hasConsole,
    handle,
    ready: () => {
      serving = true
    },
    stop: () => {
      serving = false
      revocationStreams.stop()
    },
  }
}

/** The addresses in the console's page begin at the root, so that it cannot be served below the path of an issuer. */
const servesConsole = ({ config, domain }: Pick<Authority, 'config' | 'domain'>): boolean =>
  config.console && pathOf(domain.issuer) === ''

function runAround(handlers: Handlers<Context>, around: NonNullable<AppOptions['around']>): Handlers<Context> {
  const all = Object.entries(handlers as unknown as Readonly<Record<string, AnyHandler>>)
  const wrapped = all.map(([operationId, handler]): [string, AnyHandler] => {
    const { method, path } = routes[operationId as OperationId]
    const operation = { operationId: operationId as OperationId, method, path }
    return [operationId, (...given) => around(operation, async () => handler(...given))]
  })
  return Object.fromEntries(wrapped) as unknown as Handlers<Context>
}

type AnyHandler = (...given: readonly unknown[]) => unknown

const metricsOf = (authority: Authority, certificate: () => Term | undefined): Metrics =>
  new Metrics({
    version,
    guesses: authority.useCases.guesses,
    audit: authority.auditKeeping,
    clock: authority.clock,
    failedTasks: authority.failedTasks,
    databaseBytes: () => (isOnServer(authority.config) ? new Map() : databaseBytes(authority.config.data)),
    nextKeyRotation: () => nextRotationAt(authority.domain.keys().sets, { days: authority.config.keyRotationDays }),
    certificate,
  })

/** At start-up, checks that each route has a validator and a parser for each of its security schemes (N-164). */
function requireComplete(
  table: readonly Route[],
  shapes: ReadonlyMap<string, unknown>,
  parsers: CredentialParsers,
): void {
  for (const { operationId, security, access } of table) {
    if (access.least !== 'none' && security.length === 0)
      throw new Error(`${operationId} needs a role but has no security scheme`)
    if (!shapes.has(operationId)) throw new Error(`the route ${operationId} has no operation in the contract`)
    const unknown = security.find((scheme) => !(scheme in parsers))
    if (unknown !== undefined) throw new Error(`the security scheme ${unknown} of ${operationId} has no parser`)
  }
  for (const operationId of shapes.keys()) {
    if (!Object.hasOwn(routes, operationId))
      throw new Error(`the operation ${operationId} of the contract has no route`)
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
