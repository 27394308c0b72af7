// The addresses that the server listens on: the API's, and the metrics' if they have their own.
import { errorRenderers } from '../compose/error-renderers.ts'
import type { Config } from '../config/config.ts'
import { urlOf } from '../config/issuer.ts'
import { dialects } from '../dialects/registry.ts'
import { type Listening, listen, type TlsTexts } from '../http/binding/listen.ts'
import type { Logger } from '../log/logger.ts'
import { StartupGate } from './startup-gate.ts'

type Kind = 'api' | 'metrics'

/** The flags that set each address. */
const flags: Readonly<Record<Kind, { readonly port: string; readonly host: string }>> = {
  api: { port: '--port N', host: '--host ADDRESS' },
  metrics: { port: '--metrics-listen HOST:PORT', host: '--metrics-listen HOST:PORT' },
}

/** What to do about a system error, by its code. */
const remedies: Readonly<Record<string, (flag: { port: string; host: string }) => string>> = {
  EADDRINUSE: ({ port }) => `the address is in use; ${port} listens on another, and 0 on any that is free`,
  EACCES: ({ port }) => `this user may not listen there; ${port} listens on another`,
  EADDRNOTAVAIL: ({ host }) => `this machine has no such address; ${host} listens on another`,
}

/** The address cannot be listened on. The message is one line. */
export class ListenError extends Error {
  constructor(url: string, cause: unknown, kind: Kind) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'refused'
    super(`cannot listen on ${url}: ${remedies[code]?.(flags[kind]) ?? code}`, { cause })
    this.name = 'ListenError'
  }
}

export interface Ports {
  readonly api: Listening
  /** The listeners' handlers: they refuse requests until they are opened. */
  readonly gates: { readonly api: StartupGate; readonly metrics: StartupGate }
  /**
   * Releases the ports at once, answers accepted requests, then resolves. @param graceMilliseconds As for
   * `Listening.stop`.
   */
  stop(graceMilliseconds: number): Promise<'drained' | 'cut'>
  cut(): void
}

/** Listens on both addresses, or on none. @throws ListenError */
export async function openPorts(config: Config, tls: TlsTexts | undefined, logger: Logger): Promise<Ports> {
  const secure = config.issuer.startsWith('https:')
  const served = dialects.filter(({ name }) => config.dialects.includes(name))
  const gates = {
    api: new StartupGate(errorRenderers(served), logger, secure),
    metrics: new StartupGate(errorRenderers([]), logger, secure),
  }
  const keepAliveTimeout = config.keepAliveSeconds * 1000
  const { host, port, metricsListen } = config
  const open = async (at: { host: string; port: number }, kind: Kind): Promise<Listening> => {
    const encryption = kind === 'api' && tls ? { tls } : {}
    try {
      return await listen({ ...at, ...encryption, listener: gates[kind].listener, limits: { keepAliveTimeout } })
    } catch (error) {
      throw new ListenError(urlOf({ ...at, encrypted: 'tls' in encryption }), error, kind)
    }
  }
  const api = await open({ host, port }, 'api')
  const opened = [api]
  const cut = (): void => {
    for (const one of opened) one.cut()
  }
  const stop = async (graceMilliseconds: number): Promise<'drained' | 'cut'> => {
    const outcomes = await Promise.all(opened.map((one) => one.stop(graceMilliseconds)))
    return outcomes.includes('cut') ? 'cut' : 'drained'
  }
  try {
    if (metricsListen) {
      const metrics = await open(metricsListen, 'metrics')
      opened.push(metrics)
      logger.info('metrics_listening', { address: metrics.host, port: metrics.port })
    }
    return { api, gates, stop, cut }
  } catch (error) {
    cut()
    await stop(0)
    throw error
  }
}
