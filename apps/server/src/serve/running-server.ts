// The server as one thing that starts and stops: port, authority, app. It must not know where the configuration came
// from, nor what ends the process.
import { markServing, unmarkServing } from '@countersign/store'
import { BackgroundTasks } from '../adapters/background-tasks.ts'
import { type Authority, openAuthority } from '../compose/authority.ts'
import type { Config } from '../config/config.ts'
import { urlOf } from '../config/issuer.ts'
import { databaseFile, makeDataFolder, requireOwnFolder } from '../data-folder/data-folder.ts'
import type { Logger } from '../log/logger.ts'
import { ServedCertificate } from '../tls/served-certificate.ts'
import { loadTls } from '../tls/tls.ts'
import { type FirstOwner, makeFirstOwner } from './first-owner.ts'
import { openPorts } from './ports.ts'
import { checkAfterUncleanEnd, recordIssuer } from './start-checks.ts'

const certificateRoundSeconds = 5

export interface RunningServer {
  /** Where it listens. */
  readonly url: string
  readonly authority: Authority
  /** The owner that was made just now, if there was none. */
  readonly firstOwner: FirstOwner | undefined
  /** Reads again what is read from files: the TLS certificate and its key. Happens by itself every 5 seconds. Never rejects. */
  reload(): Promise<void>
  /** Lets the port go at once, answers what was accepted within `shutdownSeconds`, closes the store. */
  stop(): Promise<'drained' | 'cut'>
}

/**
 * Starts a server and resolves when requests are served.
 *
 * @param configOf The configuration; asked again with the port that the system chose, where 0 was given, since the
 * issuer's default follows from it.
 * @param onLost Told when the database was taken away from under the server: then it is of no use any more.
 * @param issuerChanged Another issuer than the last one is meant. Default is that it is not.
 * @throws ListenError, IssuerChangedError, ConfigError, DataFolderError, StoreOpenError, SealError; then nothing is left running.
 */
export async function startServer(
  configOf: (port?: number) => Config,
  logger: Logger,
  onLost?: () => void,
  issuerChanged = false,
): Promise<RunningServer> {
  const asked = configOf()
  requireOwnFolder(asked.data)
  if (asked.tlsSelfSigned) makeDataFolder(asked.data)
  const certificate = await openCertificate(asked, logger)
  // The ports first: where one is taken, nothing is made or opened.
  const ports = await openPorts(asked, certificate?.material, logger)
  const config = asked.port === 0 ? configOf(ports.api.port) : asked
  const chores = new BackgroundTasks(logger)
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
    markServing(databaseFile(config.data))
    // An issuer that follows from a port that the system chose is another one each time.
    if (config.issuer === asked.issuer) await recordIssuer(opened, issuerChanged)
    const app = await createApp(opened, certificate && { certificate: () => certificate.term })
    const firstOwner = await makeFirstOwner(opened)
    ports.doors.api.open(app.listener)
    ports.doors.metrics.open(app.metricsListener)
    app.ready()
    if (certificate) chores.every(certificateRoundSeconds, 'look_for_certificate', () => reload(false))
    const url = urlOf({ host: config.host, port: ports.api.port, encrypted: certificate !== undefined })
    const stop = async (): Promise<'drained' | 'cut'> => {
      app.stop()
      await chores.stop()
      const outcome = await ports.stop(config.shutdownSeconds * 1000)
      await close(opened)
      return outcome
    }
    return { url, authority: opened, firstOwner, reload: () => reload(true), stop }
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
  // A database that was put there meanwhile is one that nobody has checked.
  const isOurs = store.isInPlace()
  await authority.close()
  if (isOurs) unmarkServing(databaseFile(config.data))
}
