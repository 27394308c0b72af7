// Reads the configuration: flags before environment before defaults, then the rules that concern several settings. The
// folder config/ defines the settings and must not know what they are used for.
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { type Config, ConfigError, type SettingSource } from './config.ts'
import { defaultIssuer, requireIssuer } from './issuer.ts'
import { requireOrigins } from './origins.ts'
import { type ConfigurableDialect, type NamedSetting, schemaOf, variablePrefix } from './schema.ts'
import { withoutServiceLinks } from './service-links.ts'
import type { SettingKey } from './settings.ts'

export interface ConfigSources {
  /** By flag name without dashes. The value of a flag without an argument is `on`. */
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Reads the configuration.
 *
 * @param dialects The dialects of this version; they declare options of their own.
 * @throws ConfigError for an unknown variable, an invalid value, or values that contradict each other.
 */
export function readConfig({ flags, env }: ConfigSources, dialects: readonly ConfigurableDialect[]): Config {
  const sources = { flags, env: withoutServiceLinks(env) }
  const schema = schemaOf(dialects)
  refuseUnknown(sources, schema)
  const values = new Map(schema.map((named) => [named.key, readValue(named, sources)]))
  const value = (key: SettingKey) => values.get(key) as never
  const data = resolve(value('data'))
  const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(path))
  const tls = tlsOf(absolute(value('tlsCert')), absolute(value('tlsKey')), value('tlsSelfSigned'))
  const encrypted = tls.tlsSelfSigned || tls.tlsCert !== undefined
  const host: string = value('host')
  const port: number = value('port')
  const issuer: string = value('issuer') ?? defaultIssuer({ host, port, encrypted })
  return {
    host,
    port,
    ...tls,
    data,
    ...databaseOf(value('databaseUrl'), absolute(value('databaseUrlFile')), sources.flags),
    issuer: requireIssuer(issuer, value('allowHttpIssuer')),
    allowHttpIssuer: value('allowHttpIssuer'),
    masterKeyFile: absolute(value('masterKeyFile')) ?? join(data, 'master.key'),
    ...ownerPasswordOf(absolute(value('ownerPasswordFile'))),
    logLevel: value('logLevel'),
    dialects: knownDialects(value('dialects'), dialects),
    retryWindowSeconds: value('retryWindowSeconds'),
    personalTokenMaxSeconds: value('personalTokenMaxSeconds'),
    sessionIdleSeconds: value('sessionIdleSeconds'),
    cookieIdleSeconds: value('cookieIdleSeconds'),
    maxSessions: value('maxSessions'),
    maxVendorSessions: value('maxVendorSessions'),
    maxPersonalTokens: value('maxPersonalTokens'),
    requiredFactorsViewer: value('requiredFactorsViewer'),
    requiredFactorsManager: value('requiredFactorsManager'),
    requiredFactorsOwner: value('requiredFactorsOwner'),
    signingAlgorithm: value('signingAlgorithm'),
    keyRotationDays: value('keyRotationDays'),
    trustedProxies: value('trustedProxies'),
    allowedHosts: hostsOf(value('allowedHosts')),
    allowedOrigins: requireOrigins(value('allowedOrigins')),
    keepAliveSeconds: value('keepAliveSeconds'),
    ...hashingOf(value('hashMemoryKib'), value('hashPasses')),
    hashConcurrency: value('hashConcurrency') ?? defaultHashConcurrency(sources.env),
    hashQueue: value('hashQueue'),
    shutdownSeconds: value('shutdownSeconds'),
    ...dropletsOf(value('dropletDriver'), value('dockerImage')),
    dockerSocket: resolve(value('dockerSocket')),
    dockerPublishAddress: value('dockerPublishAddress'),
    auditDays: value('auditDays'),
    rotationAuditDays: value('rotationAuditDays'),
    auditDrop: value('auditDrop'),
    migrationBackups: value('migrationBackups'),
    migrationBackupFolder: absolute(value('migrationBackupFolder')) ?? join(data, 'backups'),
    console: value('console'),
    ...metricsOf(value('metrics'), value('metricsListen')),
    dialectOptions: Object.fromEntries(
      schema.filter(({ dialect }) => dialect !== undefined).map(({ key }) => [key, String(values.get(key))]),
    ),
    sources: Object.fromEntries(schema.map((named) => [named.key, sourceOf(named, sources)])),
  }
}

function refuseUnknown({ flags, env }: ConfigSources, schema: readonly NamedSetting[]): void {
  const variables = new Set(schema.map(({ variable }) => variable))
  for (const name of Object.keys(env)) {
    if (name.startsWith(variablePrefix) && !variables.has(name)) throw new ConfigError(`${name} is not a setting`)
  }
  for (const flag of Object.keys(flags)) {
    if (!schema.some((named) => named.flag === flag)) throw new ConfigError(`--${flag} is not a setting`)
  }
}

/** An empty variable counts as unset, because compose files and service units unset variables that way. */
const sourceOf = ({ flag, variable }: NamedSetting, { flags, env }: ConfigSources): SettingSource =>
  flags[flag] !== undefined ? 'flag' : env[variable] ? 'variable' : 'default'

function readValue(named: NamedSetting, sources: ConfigSources): unknown {
  const { flag, variable, setting } = named
  const source = sourceOf(named, sources)
  if (source === 'default') return setting.fallback
  const [name, text = ''] = source === 'flag' ? [`--${flag}`, sources.flags[flag]] : [variable, sources.env[variable]]
  const value = text === '' ? undefined : setting.type.parse(text)
  if (value !== undefined) return value
  const given = setting.secret ? '' : ` ${JSON.stringify(text.slice(0, 80))}`
  throw new ConfigError(`${name}${given} is not ${setting.type.words}`)
}

const ownerPasswordOf = (ownerPasswordFile: string | undefined): Pick<Config, 'ownerPasswordFile'> =>
  ownerPasswordFile === undefined ? {} : { ownerPasswordFile }

/** Every user of a machine sees the command lines of its processes. */
function databaseOf(
  databaseUrl: string | undefined,
  databaseUrlFile: string | undefined,
  flags: ConfigSources['flags'],
): Pick<Config, 'databaseUrl' | 'databaseUrlFile'> {
  if (databaseUrl === undefined) return databaseUrlFile === undefined ? {} : { databaseUrlFile }
  if (databaseUrlFile !== undefined) {
    throw new ConfigError('the database URL and a file with it are both given: which one is meant?')
  }
  if (flags['database-url'] !== undefined && hasPassword(databaseUrl)) {
    throw new ConfigError(
      '--database-url has a password in it, which others can see: use COUNTERSIGN_DATABASE_URL or --database-url-file',
    )
  }
  return { databaseUrl }
}

const hasPassword = (url: string): boolean => /^[^/]*\/\/[^/?]*:[^/?@]*@|[?&]password=/.test(url)

function tlsOf(
  tlsCert: string | undefined,
  tlsKey: string | undefined,
  tlsSelfSigned: boolean,
): Pick<Config, 'tlsCert' | 'tlsKey' | 'tlsSelfSigned'> {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new ConfigError('--tls-cert and --tls-key go together: only one of them is given')
  }
  if (tlsCert === undefined || tlsKey === undefined) return { tlsSelfSigned }
  if (tlsSelfSigned) throw new ConfigError('--tls-self-signed and --tls-cert contradict each other')
  return { tlsCert, tlsKey, tlsSelfSigned }
}

function hostsOf(allowed: readonly string[]): readonly string[] {
  if (allowed.includes('*') && allowed.length > 1) throw new ConfigError('--allowed-hosts is * or names, not both')
  return allowed
}

function metricsOf(
  metrics: boolean,
  metricsListen: Config['metricsListen'],
): Pick<Config, 'metrics' | 'metricsListen'> {
  if (metricsListen === undefined) return { metrics }
  if (!metrics) throw new ConfigError('--metrics-listen and --metrics off contradict each other')
  return { metrics, metricsListen }
}

function dropletsOf(
  dropletDriver: Config['dropletDriver'],
  dockerImage: string | undefined,
): Pick<Config, 'dropletDriver' | 'dockerImage'> {
  if (dockerImage !== undefined) return { dropletDriver, dockerImage }
  if (dropletDriver === 'docker') throw new ConfigError('--droplet-driver docker needs --docker-image')
  return { dropletDriver }
}

function knownDialects(
  chosen: readonly string[] | undefined,
  dialects: readonly ConfigurableDialect[],
): readonly string[] {
  const known = dialects.map(({ name }) => name)
  if (chosen?.join() === 'none') return []
  const unknown = chosen?.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new ConfigError(`dialect ${JSON.stringify(unknown)} is not one of this version: ${known.join(', ')}`)
  }
  return chosen ?? known
}

/** OWASP ASVS 5.0, appendix C: 46 MiB with one pass, or 19 MiB with two. */
function hashingOf(hashMemoryKib: number, hashPasses: number): Pick<Config, 'hashMemoryKib' | 'hashPasses'> {
  if (hashPasses < 2 && hashMemoryKib < 47_104) {
    throw new ConfigError(`hash passes ${hashPasses} with ${hashMemoryKib} KiB is too weak: use 2 passes or 47104 KiB`)
  }
  return { hashMemoryKib, hashPasses }
}

/** One per CPU core; one libuv thread stays free, because files, name lookups and signatures use the same pool. */
function defaultHashConcurrency(env: ConfigSources['env']): number {
  const threads = Number(env.UV_THREADPOOL_SIZE) || 4
  return Math.max(1, Math.min(availableParallelism(), threads - 1))
}
