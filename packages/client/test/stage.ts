// What a program meets on its way to the server, and what happens behind its back: faults at `/stage/…`, scenes that a
// test gives, and for the rest the server itself. For a browser all of it is one origin.
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Plays when its path is asked for. */
export type Scene = (response: ServerResponse) => unknown

export interface Stage {
  readonly url: string
  close(): Promise<void>
}

/** Faults that no well-kept server shows. */
const faults: Readonly<Record<string, Scene>> = {
  '/stage/redirect': (response) => response.writeHead(302, { Location: '/v1/me' }).end(),
  '/stage/cut': (response) =>
    response.writeHead(200, { 'Content-Length': '100' }).write('{"a":', () => response.destroy()),
  '/stage/page': (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>'),
  '/stage/silence': () => {},
}

/** @param scenes By their paths; they play before the faults and the server. */
export async function startStage(target: string, scenes: Readonly<Record<string, Scene>>): Promise<Stage> {
  const server = createServer((request, response) => {
    const scene = scenes[request.url ?? ''] ?? faults[request.url ?? '']
    if (scene) perform(scene, response)
    else pass(request, response, target)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function perform(scene: Scene, response: ServerResponse): Promise<void> {
  try {
    await scene(response)
  } catch (error) {
    response.writeHead(500).end(String(error))
  }
}

function pass(request: IncomingMessage, response: ServerResponse, target: string): void {
  const { method, headers } = request
  const onward = forward(target + request.url, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 0, answer.headers)
    // An answer that is cut is cut here too.
    answer.on('error', () => response.destroy()).pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}
