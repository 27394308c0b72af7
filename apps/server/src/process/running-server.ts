// The server as one thing that starts and stops: port, authority, app. It must not know where the configuration came
// from, nor what ends the process.
import { markServing, unmarkServing } from '@countersign/store'
import { audiences } from '../audiences.ts'
import { type Authority, openAuthority } from '../authority.ts'
import type { Config } from '../config/config.ts'
import { urlOf } from '../config/issuer.ts'
import { dialects } from '../dialects/registry.ts'
import { type Listening, listen } from '../http/listen.ts'
import { databaseFile, makeDataFolder, requireOwnFolder } from './data-folder.ts'
import { Door } from './door.ts'
import { type FirstOwner, makeFirstOwner } from './first-owner.ts'
import type { Logger } from './logger.ts'
import { checkAfterUncleanEnd, settleIssuer } from './serving.ts'
import { loadTls } from './tls.ts'

export interface RunningServer {
  /** Where it listens. */
  readonly url: string
  readonly authority: Authority
  /** The owner that was made just now, if there was none. */
  readonly firstOwner: FirstOwner | undefined
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
  const tls = await loadTls(asked, Date.now())
  const served = dialects.filter(({ name }) => asked.dialects.includes(name))
  const door = new Door(audiences(served), logger)
  // The port first: where it is taken, nothing is made or opened.
  const listening = await openPort(asked, { listener: door.listener, ...(tls ? { tls } : {}) })
  const config = asked.port === 0 ? configOf(listening.port) : asked
  let authority: Authority | undefined
  try {
    const [{ createApp }, opened] = await Promise.all([
      import('../app.ts'),
      checkAfterUncleanEnd(config, logger).then(() => openAuthority(config, { logger, ...(onLost ? { onLost } : {}) })),
    ])
    authority = opened
    markServing(databaseFile(config.data))
    // An issuer that follows from a port that the system chose is another one each time.
    if (config.issuer === asked.issuer) await settleIssuer(opened, issuerChanged)
    const app = await createApp(opened)
    const firstOwner = await makeFirstOwner(opened)
    door.open(app.listener)
    app.ready()
    const url = urlOf({ host: config.host, port: listening.port, encrypted: tls !== undefined })
    const stop = async (): Promise<'drained' | 'cut'> => {
      app.stop()
      const outcome = await listening.stop(config.shutdownSeconds * 1000)
      await close(opened)
      return outcome
    }
    return { url, authority: opened, firstOwner, stop }
  } catch (error) {
    listening.cut()
    await listening.stop(0)
    if (authority) await close(authority)
    throw error
  }
}

async function close(authority: Authority): Promise<void> {
  const { store, config } = authority
  // A database that was put there meanwhile is one that nobody has checked.
  const isOurs = store.isInPlace()
  await authority.close()
  if (isOurs) unmarkServing(databaseFile(config.data))
}

async function openPort(
  { host, port }: Config,
  options: Pick<Parameters<typeof listen>[0], 'listener' | 'tls'>,
): Promise<Listening> {
  try {
    return await listen({ ...options, host, port })
  } catch (error) {
    throw new ListenError(urlOf({ host, port, encrypted: options.tls !== undefined }), error)
  }
}
