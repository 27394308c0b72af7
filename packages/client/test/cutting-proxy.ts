import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A network that loses answers. */
export interface CuttingProxy {
  readonly url: string
  /** Refreshes that reached the server, and those of them whose answer got lost. */
  readonly refreshes: { readonly sent: number; readonly lost: number }
  close(): Promise<void>
}

const refreshPath = '/v1/sessions/refresh'

/**
 * Forwards to `target`; of the refreshes it loses a third: before they reach the server, after the server did its work,
 * or in the middle of the answer.
 *
 * @param expiresInSeconds Put in place of `expires_in`, so that sessions are refreshed often.
 * @param seed Of the dice, so that a run can be repeated.
 */
export async function startCuttingProxy(target: string, expiresInSeconds: number, seed: number): Promise<CuttingProxy> {
  const refreshes = { sent: 0, lost: 0 }
  const dice = seededDice(seed)
  const server = createServer(async (request, response) => {
    const fate = request.url === refreshPath ? dice() : 1
    if (fate < 0.1) {
      request.destroy()
      return
    }
    const answer = await exchange(target, request)
    if (request.url === refreshPath) refreshes.sent += 1
    if (fate < 0.33) refreshes.lost += 1
    const body = answer.body.replace(/"expires_in":\s*\d+/, `"expires_in":${expiresInSeconds}`)
    if (fate < 0.25) response.destroy()
    else deliver(response, answer, body, fate < 0.33)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refreshes,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

async function exchange(target: string, request: IncomingMessage): Promise<Answer> {
  const { host: _, ...headers } = request.headers
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = forward(`${target}${request.url}`, { method: request.method, headers }, resolve)
    outgoing.on('error', reject)
    request.pipe(outgoing)
  })
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') }
}

function deliver(response: ServerResponse, { status, headers }: Answer, body: string, cut: boolean): void {
  const { 'transfer-encoding': _, ...others } = headers
  response.writeHead(status, { ...others, 'content-length': Buffer.byteLength(body) })
  if (cut) response.write(body.slice(0, body.length / 2), () => response.destroy())
  else response.end(body)
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
