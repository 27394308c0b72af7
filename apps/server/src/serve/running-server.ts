// Starts and stops the whole server: ports, authority, app. The folder serve/ must not know where the configuration
// comes from.
import { markServing, unmarkServing } from '@countersign/store'
import { BackgroundTasks } from '../adapters/background-tasks.ts'
import { lowerPoolPriority } from '../adapters/pool-priority.ts'
import { type Authority, openAuthority } from '../compose/authority.ts'
import { isOnServer } from '../compose/database-server.ts'
import type { Config } from '../config/config.ts'
import { urlOf } from '../config/issuer.ts'
import { databaseFile, makeDataFolder, requireOwnFolder } from '../data-folder/data-folder.ts'
import { endOfArrivals } from '../http/binding/arrivals.ts'
import type { Logger } from '../log/logger.ts'
import { ServedCertificate } from '../tls/served-certificate.ts'
import { loadTls } from '../tls/tls.ts'
import { type FirstOwner, makeFirstOwner } from './first-owner.ts'
import { keyScheduleRoundSeconds, rotateOnSchedule } from './key-schedule.ts'
import { openPorts } from './ports.ts'
import { checkAfterUncleanEnd, recordIssuer } from './start-checks.ts'

const certificateRoundSeconds = 5

export interface RunningServer {
  /** Where it listens. */
  readonly url: string
  /** Where the console is. `undefined`: it is not served. */
  readonly consoleUrl: string | undefined
  readonly authority: Authority
  /** The owner, if this start created it. */
  readonly firstOwner: FirstOwner | undefined
  /** Reloads the TLS certificate and its key from their files. Also runs by itself every 5 seconds. Never rejects. */
  reload(): Promise<void>
  /** Releases the ports at once, answers accepted requests within `shutdownSeconds`, closes the store. */
  stop(): Promise<'drained' | 'cut'>
}

/**
 * Starts a server and resolves when requests are served.
 *
 * @param configOf The configuration. Called again with the port that the system chose if 0 was configured, because the
 *   default issuer contains it.
 * @param onLost Called when the database was removed or replaced while the server runs; the server must stop then.
 * @param issuerChanged Whether a change of the issuer is intended. Default: false.
 * @throws ListenError, IssuerChangedError, ConfigError, DataFolderError, StoreOpenError, SealError. Nothing keeps
 *   running then.
 */
export async function startServer(
  configOf: (port?: number) => Config,
  logger: Logger,
  onLost?: () => void,
  issuerChanged = false,
): Promise<RunningServer> {
  const asked = configOf()
  if (!isOnServer(asked)) requireOwnFolder(asked.data)
  if (asked.tlsSelfSigned) makeDataFolder(asked.data)
  const certificate = await openCertificate(asked, logger)
  // Ports first: if one is taken, no file is created or opened.
  const ports = await openPorts(asked, certificate?.material, logger)
  const config = asked.port === 0 ? configOf(ports.api.port) : asked
  const backgroundTasks = new BackgroundTasks(logger)
  const reload = async (forced: boolean): Promise<void> => {
    const renewed = await certificate?.renewed(forced)
    if (renewed) ports.api.renewTls(renewed)
  }
  let authority: Authority | undefined
  try {
    const [{ createApp }, opened] = await Promise.all([
      import('../compose/app.ts'),
      checkAfterUncleanEnd(config, logger).then(() => openAuthority(config, { logger, ...(onLost ? { onLost } : {}) })),
    ])
    authority = opened
    if (!isOnServer(config)) markServing(databaseFile(config.data))
    // An issuer with a port that the system chose differs at each start, so that it is not recorded.
    if (config.issuer === asked.issuer) await recordIssuer(opened, issuerChanged)
    const app = await createApp(opened, certificate && { certificate: () => certificate.term })
    const firstOwner = await makeFirstOwner(opened, config.ownerPasswordFile)
    await rotateOnSchedule(opened)
    backgroundTasks.every(keyScheduleRoundSeconds, 'rotate_keys', () => rotateOnSchedule(opened))
    await lowerPoolPriority().catch((error: unknown) => logger.debug('pool_priority_kept', { error }))
    ports.gates.api.open(app.listener)
    ports.gates.metrics.open(app.metricsListener)
    app.ready()
    if (certificate) backgroundTasks.every(certificateRoundSeconds, 'look_for_certificate', () => reload(false))
    const url = urlOf({ host: config.host, port: ports.api.port, encrypted: certificate !== undefined })
    const stop = async (): Promise<'drained' | 'cut'> => {
      // Nothing is received from now on. What was received before is served, also what is still waiting for its turn.
      const stopped = ports.stop(config.shutdownSeconds * 1000)
      await endOfArrivals()
      app.stop()
      await backgroundTasks.stop()
      const outcome = await stopped
      await close(opened)
      return outcome
    }
    const consoleUrl = app.hasConsole ? `${url}/console` : undefined
    return { url, consoleUrl, authority: opened, firstOwner, reload: () => reload(true), stop }
  } catch (error) {
    ports.cut()
    await ports.stop(0)
    if (authority) await close(authority)
    throw error
  }
}

/** @throws ConfigError */
async function openCertificate(config: Config, logger: Logger): Promise<ServedCertificate | undefined> {
  const first = await loadTls(config, Date.now())
  if (!first) return undefined
  const read = async () => (await loadTls(config, Date.now())) ?? first
  return ServedCertificate.open({ read, logger, now: Date.now })
}

async function close(authority: Authority): Promise<void> {
  const { store, config } = authority
  // A database that was put in its place meanwhile was never checked, so its marker stays.
  const isOurs = store.isInPlace()
  await authority.close()
  if (isOurs && !isOnServer(config)) unmarkServing(databaseFile(config.data))
}
