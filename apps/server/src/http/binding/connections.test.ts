import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectRaw } from '../testing/raw-client.ts'
import { trackConnections } from './connections.ts'

describe('a client that pipelines without end', () => {
  it('is read from only as fast as it is answered, and is answered in order', async () => {
    const held = Promise.withResolvers<void>()
    const paused = Promise.withResolvers<void>()
    let arrived = 0
    const connections = trackConnections(async (message, response) => {
      await held.promise
      response.end(message.url)
    })
    const server = http.createServer((message, response) => {
      arrived++
      connections.onRequest(message, response)
    })
    server.on('connection', connections.onConnection)
    server.on('connection', (socket: Socket) => socket.once('pause', paused.resolve))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      connections.destroyAll()
      server.close()
    })
    const total = 5000
    const client = await connectRaw((server.address() as AddressInfo).port)
    const padding = `X: ${'y'.repeat(200)}`
    for (let index = 0; index < total; index++) {
      const close = index === total - 1 ? 'Connection: close\r\n' : ''
      client.write(`GET /${index} HTTP/1.1\r\nHost: x\r\n${padding}\r\n${close}\r\n`)
    }
    await paused.promise
    expect(arrived).toBeLessThan(total / 2)
    held.resolve()
    const answer = await client.untilClosed()
    expect(answer.match(/\/[0-9]+(?=HTTP|$)/g)).toEqual(Array.from({ length: total }, (_, index) => `/${index}`))
  })
})
