import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Connection, ConnectionLost } from './connection.ts'

const server = createServer()
let peer: Promise<Socket>

async function open(): Promise<Connection> {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  peer = once(server, 'connection').then(([socket]) => socket)
  return Connection.open({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
}

afterEach(() => {
  server.close()
})

describe('a connection', () => {
  it('resolves with the answer when all of it has come, in however many pieces', async () => {
    const connection = await open()
    const answer = connection.exchange('GET / HTTP/1.1\r\n\r\n')
    const socket = await peer
    const pieces = ['HTTP/1.1 2', '01 Created\r\nContent-Le', 'ngth: 5\r', '\n\r\nhe', 'l', 'lo']
    for (const piece of pieces) await new Promise<void>((resolve) => socket.write(piece, () => setImmediate(resolve)))
    expect(await answer).toMatchObject({ status: 201, body: 'hello' })
    connection.close()
  })

  it('needs no length where a status has no body', async () => {
    const connection = await open()
    const answer = connection.exchange('DELETE / HTTP/1.1\r\n\r\n')
    ;(await peer).write('HTTP/1.1 204 No Content\r\n\r\n')
    expect(await answer).toMatchObject({ status: 204, body: '' })
    connection.close()
  })

  it.each([
    ['at half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf'],
    ['at an answer that does not say how long it is', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['without an answer', ''],
  ])('rejects as lost when it ends %s', async (_how, bytes) => {
    const connection = await open()
    const answer = connection.exchange('GET / HTTP/1.1\r\n\r\n')
    ;(await peer).end(bytes)
    await expect(answer).rejects.toBeInstanceOf(ConnectionLost)
    expect(connection.lost).toBe(true)
    await expect(connection.exchange('GET / HTTP/1.1\r\n\r\n')).rejects.toBeInstanceOf(ConnectionLost)
  })
})
