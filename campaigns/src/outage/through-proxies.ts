// Loaded before a server: what it connects to leads through the proxies of the campaign.
import { Socket } from 'node:net'

/** The port of each proxy on 127.0.0.1, by the socket that it leads to. */
const ports: Readonly<Record<string, number>> = JSON.parse(process.env.CAMPAIGN_PROXIES ?? '{}')

const { connect } = Socket.prototype
/** The driver calls it with a port and a host, or with the path of a socket. */
const connectThrough = function (this: Socket, ...asked: readonly unknown[]): Socket {
  const [first, host] = asked
  const port = ports[typeof host === 'string' ? `${host}:${first}` : String(first)]
  return Reflect.apply(connect, this, port === undefined ? asked : [port, '127.0.0.1'])
}
Object.assign(Socket.prototype, { connect: connectThrough })
