// The server as one thing that starts and stops: port, authority, app. It must not know where the configuration came
// from, nor what ends the process.
import { audiences } from '../audiences.ts'
import { type Authority, openAuthority } from '../authority.ts'
import type { Config } from '../config/config.ts'
import { urlOf } from '../config/issuer.ts'
import { dialects } from '../dialects/registry.ts'
import { type Listening, listen } from '../http/listen.ts'
import { Chores } from './chores.ts'
import { makeDataFolder } from './data-folder.ts'
import { Door } from './door.ts'
import { type FirstOwner, makeFirstOwner } from './first-owner.ts'
import type { Logger } from './logger.ts'
import { ServedCertificate } from './served-certificate.ts'
import { loadTls } from './tls.ts'

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

/** What to do about it, by the code of the system. */
const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use; --port N listens on another, and 0 on any that is free',
  EACCES: 'this user may not listen there; --port N listens on another',
  EADDRNOTAVAIL: 'this machine has no such address; --host ADDRESS listens on another',
}

/** The port cannot be had. The message is one line. */
export class ListenError extends Error {
  constructor(url: string, cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'refused'
    super(`cannot listen on ${url}: ${remedies[code] ?? code}`, { cause })
    this.name = 'ListenError'
  }
}

/**
 * Starts a server and resolves when requests are served.
 *
 * @param configOf The configuration; asked again with the port that the system chose, where 0 was given, since the
 * issuer's default follows from it.
 * @param onLost Told when the database was taken away from under the server: then it is of no use any more.
 * @throws ListenError, ConfigError, DataFolderError, StoreOpenError, SealError; then nothing is left running.
 */
export async function startServer(
  configOf: (port?: number) => Config,
  logger: Logger,
  onLost?: () => void,
): Promise<RunningServer> {
  const asked = configOf()
  if (asked.tlsSelfSigned) makeDataFolder(asked.data)
  const certificate = await openCertificate(asked, logger)
  const served = dialects.filter(({ name }) => asked.dialects.includes(name))
  const door = new Door(audiences(served), logger)
  // The port first: where it is taken, nothing is made or opened.
  const listening = await openPort(asked, {
    listener: door.listener,
    ...(certificate ? { tls: certificate.material } : {}),
  })
  const config = asked.port === 0 ? configOf(listening.port) : asked
  const chores = new Chores(logger)
  const reload = async (asked: boolean): Promise<void> => {
    const renewed = await certificate?.renewed(asked)
    if (renewed) listening.renewTls(renewed)
  }
  let authority: Authority | undefined
  try {
    const [{ createApp }, opened] = await Promise.all([
      import('../app.ts'),
      openAuthority(config, { logger, ...(onLost ? { onLost } : {}) }),
    ])
    authority = opened
    const app = await createApp(opened, certificate && { certificate: () => certificate.term })
    const firstOwner = await makeFirstOwner(opened)
    door.open(app.listener)
    app.ready()
    if (certificate) chores.every(certificateRoundSeconds, 'look_for_certificate', () => reload(false))
    const url = urlOf({ host: config.host, port: listening.port, encrypted: certificate !== undefined })
    const stop = async (): Promise<'drained' | 'cut'> => {
      app.stop()
      await chores.stop()
      const outcome = await listening.stop(config.shutdownSeconds * 1000)
      await opened.close()
      return outcome
    }
    return { url, authority: opened, firstOwner, reload: () => reload(true), stop }
  } catch (error) {
    listening.cut()
    await listening.stop(0)
    await authority?.close()
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

async function openPort(
  { host, port, keepAliveSeconds }: Pick<Config, 'host' | 'port' | 'keepAliveSeconds'>,
  options: Pick<Parameters<typeof listen>[0], 'listener' | 'tls'>,
): Promise<Listening> {
  try {
    return await listen({ ...options, host, port, limits: { keepAliveTimeout: keepAliveSeconds * 1000 } })
  } catch (error) {
    throw new ListenError(urlOf({ host, port, encrypted: options.tls !== undefined }), error)
  }
}
