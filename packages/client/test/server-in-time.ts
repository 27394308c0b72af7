// The server inside the test, whose clocks the test can put forward: a token then expires as it would have after that
// time. All else is as in the program: the same composition, a data folder, real sockets.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Authority, createApp, createLogger, dialects, openAuthority, readConfig } from '@countersign/server'

export interface ServerInTime {
  readonly url: string
  /** Puts the server's clocks forward, not the client's. */
  advance(seconds: number): void
  /** How often each action is in the audit trail. */
  trail(): Promise<Trail>
  /** Registers software. */
  newClient(name: string): Promise<{ readonly clientId: string; readonly clientSecret: string }>
  /** Gives the port and the data folder free. Callable again. */
  stop(): Promise<void>
}

/** Audit actions, and how often each is in the trail; an action that is not was never taken. */
export type Trail = Readonly<Record<string, number>>

export interface ServerInTimeOptions {
  /** Default is a free one. */
  readonly port?: number
  /** How far its clocks are ahead from the start. Default is 0. */
  readonly aheadSeconds?: number
  /** Default is the server's own, 60. */
  readonly retryWindowSeconds?: number
}

/**
 * Starts a server.
 *
 * @param data A data folder on which a server was started before.
 */
export async function startServerInTime(data: string, options: ServerInTimeOptions = {}): Promise<ServerInTime> {
  let { port = 0, aheadSeconds = 0, retryWindowSeconds } = options
  const time = {
    wall: () => Date.now() + aheadSeconds * 1000,
    monotonic: () => performance.now() + aheadSeconds * 1000,
  }
  const server = createServer()
  await once(server.listen(port, '127.0.0.1'), 'listening')
  port = (server.address() as AddressInfo).port
  const window = retryWindowSeconds === undefined ? {} : { 'retry-window-seconds': `${retryWindowSeconds}` }
  const config = readConfig({ flags: { ...window, data, port: `${port}` }, env: {} }, dialects)
  const logger = createLogger({ level: 'error', sink: process.stderr })
  const authority = await openAuthority(config, { logger, time })
  const app = await createApp(authority)
  server.on('request', app.listener)
  app.ready()
  return {
    url: `http://127.0.0.1:${port}`,
    advance: (seconds) => {
      aheadSeconds += seconds
    },
    trail: () => trailOf(authority),
    newClient: async (name) => {
      const by = { actor: undefined, circumstances: { address: undefined, requestId: undefined } }
      const { client, secret } = await authority.useCases.software.create({ name }, by)
      return { clientId: client.id, clientSecret: secret.reveal() }
    },
    stop: async () => {
      app.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await authority.close()
    },
  }
}

async function trailOf({ store }: Authority): Promise<Trail> {
  const counts: Record<string, number> = {}
  let before: Parameters<typeof store.audit.list>[0]['before']
  do {
    const page = await store.audit.list({ before, limit: 200 })
    for (const { action } of page) counts[action] = (counts[action] ?? 0) + 1
    before = page.at(-1)
  } while (before !== undefined)
  return counts
}
