// A tap on the wire between clients and the server: bytes pass as they are, both ways, and are remembered. Of HTTP/1.1 it
// knows where a message ends, and no more.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A request or an answer, as it went over the wire. */
export class Message {
  /** Up to the empty line. */
  readonly head: string
  readonly body: string

  constructor(head: string, body: string) {
    this.head = head
    this.body = body
  }

  get startLine(): string {
    return this.head.split('\r\n', 1)[0] ?? ''
  }

  /** Of an answer. */
  get status(): number {
    return Number(this.startLine.split(' ')[1])
  }

  get json(): unknown {
    return JSON.parse(this.body)
  }

  /** The value of a header that is there once; `undefined` where it is not there. */
  header(name: string): string | undefined {
    const lines = this.head.split('\r\n').slice(1)
    const values = lines.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    if (values.length > 1) throw new Error(`${name} is there ${values.length} times`)
    return values[0]?.slice(name.length + 1).trim()
  }
}

export interface Exchange {
  readonly request: Message
  readonly answer: Message
}

/** Cuts a stream of bytes into messages. */
class Cutter {
  readonly messages: Message[] = []
  #rest = Buffer.alloc(0)

  get isBetween(): boolean {
    return this.#rest.length === 0
  }

  push(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (let next = this.#next(); next; next = this.#next()) this.messages.push(next)
  }

  #next(): Message | undefined {
    const end = this.#rest.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const head = this.#rest.toString('latin1', 0, end)
    const bare = new Message(head, '')
    if (bare.header('transfer-encoding') !== undefined) throw new Error('the tap does not know chunks')
    const begin = end + 4
    const length = Number(bare.header('content-length') ?? 0)
    if (this.#rest.length < begin + length) return undefined
    const body = this.#rest.toString('utf8', begin, begin + length)
    this.#rest = this.#rest.subarray(begin + length)
    return new Message(head, body)
  }
}

/** One connection of a client, and what was said over it. */
class Connection {
  readonly requests = new Cutter()
  readonly answers = new Cutter()
  /** Everything that was asked is answered, and the client has gone. */
  readonly ended: Promise<void>

  constructor(client: Socket, server: Socket) {
    this.ended = new Promise((resolve, reject) => {
      const settle = () => {
        if (!client.closed || !this.requests.isBetween) return
        if (this.answers.messages.length === this.requests.messages.length) server.end(resolve)
      }
      client.on('data', (chunk: Buffer) => {
        this.requests.push(chunk)
        server.write(chunk)
      })
      // The answer is taken down even where the client does not wait for it: it may need no more than the status.
      server.on('data', (chunk: Buffer) => {
        this.answers.push(chunk)
        if (client.writable) client.write(chunk)
        settle()
      })
      client.on('error', () => client.destroy()).on('close', settle)
      server.on('error', reject).on('close', () => {
        client.end()
        reject(new Error('the server left an answer open'))
      })
    })
    // It is awaited when the clients are done; until then a failure is not unheard of, only early.
    this.ended.catch(() => {})
  }
}

export interface WireTap {
  readonly port: number
  /** Waits for whatever `clients` do, and for the answers; gives what was said meanwhile, in the order of connections. */
  during<T>(clients: () => Promise<T>): Promise<{ readonly result: T; readonly exchanges: readonly Exchange[] }>
  close(): Promise<void>
}

/** Listens on a free port and passes on to the port that `to` names at that moment. */
export async function tapWire(to: () => number): Promise<WireTap> {
  let connections: Connection[] = []
  const listener = createServer((client) => {
    connections.push(new Connection(client, connect(to(), '127.0.0.1')))
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    during: async (clients) => {
      connections = []
      const result = await clients()
      await Promise.all(connections.map(({ ended }) => ended))
      const exchanges = connections.flatMap(({ requests, answers }) =>
        requests.messages.map((request, at) => ({ request, answer: answers.messages[at] as Message })),
      )
      return { result, exchanges }
    },
    close: async () => {
      listener.close()
      await once(listener, 'close')
    },
  }
}
