// A network that loses answers, and a witness of what went over it. It knows HTTP and nothing of sessions.
import { Agent, createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What becomes of an exchange; all but the first end the client's connection. */
export type Fate = 'delivered' | 'never sent' | 'answer lost' | 'answer cut'

/** One request as it was seen, and what came of it. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly fate: Fate
  /** The server's status, also of an answer that got lost; absent while there is none. */
  status?: number
}

export interface CuttingProxy {
  readonly url: string
  /** In the order of their coming. */
  readonly exchanges: readonly Exchange[]
  /** Those with this method and path, e.g. `POST /v1/sessions`. */
  seen(call: string): readonly Exchange[]
  close(): Promise<void>
}

export interface CuttingProxyOptions {
  /** Asked for each request. Default: everything is delivered. */
  readonly fateOf?: (call: string) => Fate
  /** Numbers put in place of the server's, by the names of their members: so it tells clients to hurry. Default: none. */
  readonly told?: Readonly<Record<string, number>>
}

/** Forwards to `target` whatever it does not lose. */
export async function startCuttingProxy(target: string, options: CuttingProxyOptions = {}): Promise<CuttingProxy> {
  const { fateOf = () => 'delivered', told = {} } = options
  const exchanges: Exchange[] = []
  const agent = new Agent({ keepAlive: true })
  const carry = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '', headers } = request
    const fate = fateOf(`${method} ${path}`)
    const exchange: Exchange = { method, path, headers, body: await textOf(request), fate }
    exchanges.push(exchange)
    if (fate === 'never sent') return void response.destroy()
    const answer = await ask(`${target}${path}`, agent, exchange)
    exchange.status = answer.statusCode ?? 0
    const text = await textOf(answer)
    if (fate === 'answer lost') return void response.destroy()
    const body = Object.entries(told).reduce(
      (whole, [name, number]) => whole.replace(new RegExp(`"${name}":\\s*\\d+`), `"${name}":${number}`),
      text,
    )
    const { 'transfer-encoding': _, 'content-length': __, ...others } = answer.headers
    response.writeHead(exchange.status, body === '' ? others : { ...others, 'content-length': Buffer.byteLength(body) })
    if (fate === 'answer cut') response.write(body.slice(0, body.length / 2), () => response.destroy())
    else response.end(body)
  }
  const server = createServer((request, response) => {
    // Either side went away meanwhile: on a network that is one more lost answer.
    carry(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    seen: (call) => exchanges.filter(({ method, path }) => `${method} ${path}` === call),
    close: async () => {
      server.closeAllConnections()
      agent.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function ask(url: string, agent: Agent, { method, headers, body }: Exchange): Promise<IncomingMessage> {
  const { host: _, connection: __, ...others } = headers
  return new Promise((resolve, reject) => {
    forward(url, { method, agent, headers: others }, resolve).on('error', reject).end(body)
  })
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seededDice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
