import { fileURLToPath } from 'node:url'
import { manySessions, ServerRun, type ServerRunOptions } from '@countersign/server/testing/process'
import { faultOptions } from '../injected-faults/injected-fault.ts'

export interface CampaignServerOptions extends Pick<ServerRunOptions, 'data' | 'port' | 'env' | 'nodeOptions'> {
  readonly folder?: string | undefined
  readonly fault?: string | undefined
  /** Whether parts of the server can be replaced from outside. Default is whether there is a fault. */
  readonly isOpen?: boolean
  /** Flags of `serve` besides those of all campaigns. */
  readonly flags?: readonly string[]
}

/** The built server as modules. The shipped program has the driver of PostgreSQL inside, where nothing can replace it. */
const inModules = fileURLToPath(new URL('../../../apps/server/dist/main.js', import.meta.url))

/** The built server, not started yet. It believes the client addresses that a campaign claims. */
export const prepareServer = ({
  fault,
  isOpen = fault !== undefined,
  flags = [],
  nodeOptions = [],
  ...options
}: CampaignServerOptions): Promise<ServerRun> =>
  ServerRun.prepare({
    ...options,
    built: isOpen ? inModules : true,
    flags: [...manySessions, '--trusted-proxies', '127.0.0.1', ...flags],
    nodeOptions: [...faultOptions(fault), ...nodeOptions],
  })

export const goodPassword = 'a password that is long enough'

/** Creates the owner, and with it the data folder. */
export const createOwner = (server: ServerRun): Promise<void> =>
  server.user({ username: 'owner', password: goodPassword }, 'owner')

/** Client addresses in 10.0.0.0/8, each different. The server limits failed logins by address, so no two callers share one. */
export class Addresses {
  #last = 0

  next(): string {
    const number = ++this.#last
    return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
  }
}
