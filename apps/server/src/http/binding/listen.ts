// The listening server. Every limit on a socket is set here; none depends on a default of Node.js. The folder
// http/binding/ translates messages into requests and back and must not know any operation.
import type { Server as HttpServer, IncomingMessage, RequestListener, ServerOptions, ServerResponse } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { headerValues } from '../message.ts'
import { http, https } from '../node-http.ts'
import { trackConnections } from './connections.ts'

/** Times are milliseconds. */
export interface ServerLimits {
  /** From the first byte of a connection or request to the end of its headers. Default: 8,000. */
  readonly headersTimeout: number
  /** From the first byte of a request to its last. Default: 20,000. */
  readonly requestTimeout: number
  /**
   * How long an idle connection is kept. Default: 65,000. Longer than proxies keep theirs (60,000), so that the proxy
   * closes first.
   */
  readonly keepAliveTimeout: number
  /** A socket without traffic in either direction during a request is closed after this time. Default: 60,000. */
  readonly socketTimeout: number
  /** Interval of checking the first two limits, and thus their tolerance. Default: 1,000. */
  readonly checkingInterval: number
  /** All header fields together. Default: 16,384 bytes. */
  readonly maxHeaderBytes: number
  /** Default: 100. */
  readonly maxHeaderFields: number
  /** Further connections are closed at once. Default: 10,000. */
  readonly maxConnections: number
}

export const defaultLimits: ServerLimits = {
  headersTimeout: 8_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 65_000,
  socketTimeout: 60_000,
  checkingInterval: 1_000,
  maxHeaderBytes: 16 * 1024,
  maxHeaderFields: 100,
  maxConnections: 10_000,
}

/** PEM texts. */
export interface TlsTexts {
  readonly cert: string
  readonly key: string
}

export interface ListenOptions {
  readonly listener: RequestListener
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Without it the server speaks plain HTTP. */
  readonly tls?: TlsTexts
  readonly limits?: Partial<ServerLimits>
}

export interface Listening {
  readonly host: string
  readonly port: number
  /**
   * Releases the port at once, closes idle connections, answers accepted requests, then resolves.
   *
   * @param graceMilliseconds Unanswered requests are cut after this time. Default: 10,000.
   * @returns Whether every accepted request was answered.
   */
  stop(graceMilliseconds?: number): Promise<'drained' | 'cut'>
  /** Uses another key and certificate for new handshakes; open connections are kept. */
  renewTls(material: TlsTexts): void
  /** Closes every connection now; a pending `stop` then resolves. */
  cut(): void
}

/**
 * Creates a server and starts to listen.
 *
 * @throws Error of the system, e.g. `EADDRINUSE`, `EACCES`.
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  const limits = { ...defaultLimits, ...options.limits }
  const connections = trackConnections(guarded(options.listener, limits.maxHeaderFields))
  const server = makeServer(options, limits, connections.onRequest)
  server.on(options.tls ? 'secureConnection' : 'connection', connections.onConnection)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable) socket.destroy()
    else connections.endWith(socket, refusal(error.code))
  })
  const raw = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    raw.add(socket)
    socket.once('close', () => raw.delete(socket))
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { address, port } = server.address() as AddressInfo

  const cut = (): void => {
    // Sockets during the TLS handshake are not yet tracked as HTTP connections.
    for (const socket of raw) socket.destroy()
    connections.destroyAll()
  }
  let stopping: Promise<'drained' | 'cut'> | undefined
  return {
    host: address,
    port,
    cut,
    renewTls: (material) => {
      if (server instanceof https.Server) server.setSecureContext({ ...tlsSettings, ...material })
    },
    stop(graceMilliseconds = 10_000) {
      stopping ??= new Promise((resolve) => {
        let outcome: 'drained' | 'cut' = 'drained'
        const deadline = setTimeout(() => {
          outcome = 'cut'
          cut()
        }, graceMilliseconds)
        server.close(() => {
          clearTimeout(deadline)
          resolve(outcome)
        })
        connections.drain()
      })
      return stopping
    },
  }
}

/** Only AEAD ciphers with forward secrecy, no CBC (RFC 9325 §4.2). */
const tlsSettings = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
} as const

function makeServer(
  options: ListenOptions,
  limits: ServerLimits,
  onRequest: RequestListener,
): HttpServer | HttpsServer {
  const settings: ServerOptions = {
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: limits.checkingInterval,
    maxHeaderSize: limits.maxHeaderBytes,
    insecureHTTPParser: false,
    // Checked below: Node.js would answer by itself and then begin the next request of the connection that it closes.
    requireHostHeader: false,
    joinDuplicateHeaders: false,
    noDelay: true,
  }
  const server = options.tls
    ? https.createServer(
        {
          ...settings,
          ...tlsSettings,
          ...options.tls,
          handshakeTimeout: limits.headersTimeout,
          allowHalfOpen: true,
        },
        onRequest,
      )
    : http.createServer(settings, onRequest)
  // A client that sends nothing more after its request gets its answer (RFC 9112 §9.6).
  Object.assign(server, { httpAllowHalfOpen: true })
  server.timeout = limits.socketTimeout
  server.maxConnections = limits.maxConnections
  // Node.js drops further fields silently; one more than allowed shows that there were too many.
  server.maxHeadersCount = limits.maxHeaderFields + 1
  return server
}

/**
 * Refuses requests that `node:http` accepts: too many header fields, or other than one `Host`, where a proxy in front
 * may have used another host (RFC 9112 §3.2).
 */
function guarded(listener: RequestListener, maxHeaderFields: number): RequestListener {
  return (message: IncomingMessage, response: ServerResponse) => {
    const { rawHeaders, httpVersion, headers } = message
    // Protocol upgrades are not supported. Node.js drops the data after such a request, so the connection ends with its
    // answer.
    if (headers.upgrade !== undefined) response.setHeader('connection', 'close')
    const hosts = headerValues(rawHeaders, 'host').length
    if (rawHeaders.length > 2 * maxHeaderFields) refuse(response, 431)
    else if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) refuse(response, 400)
    else listener(message, response)
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { ...refusalHeaders })
  response.end()
}

const refusalHeaders = { 'cache-control': 'no-store', connection: 'close', 'content-length': '0' } as const

/** The answer to bytes that are not a request. There is no operation yet, hence no error renderer and no body. */
function refusal(code: string | undefined): string {
  const status =
    code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW'
        ? '413 Content Too Large'
        : code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request'
  const headers = Object.entries(refusalHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status}\r\n${headers.join('')}\r\n`
}
