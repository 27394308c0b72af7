import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request as received. */
export interface Received {
  readonly method: string
  /** Includes the query. */
  readonly path: string
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

/** What the server does with a request: it answers, or behaves like a faulty network or server. */
export type Reaction =
  | { readonly status: number; readonly json?: unknown; readonly headers?: Record<string, string> }
  /** The connection is closed before or during the answer. */
  | { readonly cut: 'before' | 'midway' }
  /** No answer. */
  | { readonly silence: true }
  /** Any other behaviour. */
  | { readonly raw: (response: ServerResponse) => void }

export interface HttpServer {
  readonly url: string
  readonly received: readonly Received[]
  /** Number of requests for `path`. */
  count(path: string): number
}

/** A server on 127.0.0.1 with chosen faults. It is closed with the test. */
export async function startHttpServer(react: (request: Received) => Reaction | Promise<Reaction>): Promise<HttpServer> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const body = await textOf(request)
    const seen = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
    received.push(seen)
    perform(await react(seen), response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    count: (path) => received.filter((request) => request.path === path).length,
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function perform(reaction: Reaction, response: ServerResponse): void {
  if ('silence' in reaction) return
  if ('raw' in reaction) {
    reaction.raw(response)
  } else if ('status' in reaction) {
    response.writeHead(reaction.status, { 'Content-Type': 'application/json', ...reaction.headers })
    response.end(reaction.json === undefined ? '' : JSON.stringify(reaction.json))
  } else if (reaction.cut === 'before') {
    response.destroy()
  } else {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' })
    response.write('{"token_type":', () => response.destroy())
  }
}
