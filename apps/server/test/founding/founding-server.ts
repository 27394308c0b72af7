// The server as its users run it: the program, its commands, a clock that can be advanced between two starts, and a recorder of
// the exchanges. It does not depend on any dialect.
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Transcript } from '../../src/testing/process/program.ts'
import { ServerRun } from '../../src/testing/process/server-run.ts'
import { type Exchange, Message, tapWire, type WireTap } from './wire-tap.ts'

/** Tokens contain it. Clients use another port, that of the recorder. */
const issuer = 'http://127.0.0.1:4300'

export interface Question {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: object
}

export class FoundingServer {
  readonly #run: ServerRun
  #tap: WireTap | undefined
  #secondsAhead = 0

  private constructor(run: ServerRun) {
    this.#run = run
  }

  /** @param flags Flags of `serve` besides the data folder and the port. */
  static async prepare(flags: readonly string[] = []): Promise<FoundingServer> {
    const all = ['--issuer', issuer, '--log-level', 'warn', ...flags]
    return new FoundingServer(await ServerRun.prepare({ flags: all }))
  }

  get folder(): string {
    return this.#run.folder
  }

  /** The URL for clients, whose exchanges are recorded. */
  get url(): string {
    if (!this.#tap) throw new Error('the server was not started')
    return `http://127.0.0.1:${this.#tap.port}`
  }

  async open(): Promise<void> {
    await this.#run.serve({ env: this.#environment })
    this.#tap ??= await tapWire(() => this.#run.port)
  }

  /** Runs a command on the same data folder. */
  command(words: readonly string[], stdin = ''): Promise<Transcript> {
    return this.#run.command(words, { stdin, env: this.#environment })
  }

  /** What the command prints with `--json`. @throws Error if it fails. */
  made<T>(words: readonly string[], stdin = ''): Promise<T> {
    return this.#run.json<T>(words, { stdin, env: this.#environment })
  }

  /** Restarts the server with its clock advanced. */
  async later(seconds: number): Promise<void> {
    await this.#run.stop()
    this.#secondsAhead += seconds
    await this.open()
  }

  /** Milliseconds of the epoch, by the server's clock. */
  now(): number {
    return Date.now() + this.#secondsAhead * 1000
  }

  /** Sends a request to the server itself. Its certificate is not verified. */
  ask(method: string, path: string, { headers = {}, body }: Question = {}): Promise<Message> {
    const text = body && JSON.stringify(body)
    const describing = { 'Content-Type': 'application/json', 'Content-Length': `${Buffer.byteLength(text ?? '')}` }
    const sent = text === undefined ? headers : { ...describing, ...headers }
    const request = this.#run.url.startsWith('https') ? requestHttps : requestHttp
    const options = { method, headers: sent, agent: false, rejectUnauthorized: false }
    return new Promise((resolve, reject) => {
      request(this.#run.url + path, options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
        response.on('end', () => {
          const pairs = response.rawHeaders.map((text, at) => (at % 2 === 0 ? `\r\n${text}: ` : text))
          resolve(new Message(`HTTP/1.1 ${response.statusCode}${pairs.join('')}`, Buffer.concat(chunks).toString()))
        })
      })
        .on('error', reject)
        .end(text)
    })
  }

  /** Runs clients and records their exchanges. */
  during<T>(clients: () => Promise<T>): Promise<{ readonly result: T; readonly exchanges: readonly Exchange[] }> {
    if (!this.#tap) throw new Error('the server was not started')
    return this.#tap.during(clients)
  }

  async close(): Promise<void> {
    try {
      await this.#run.stop()
    } finally {
      await this.#tap?.close()
      await this.#run[Symbol.asyncDispose]()
    }
  }

  get #environment(): Record<string, string> {
    const program = `const now=Date.now;Date.now=()=>now()+${this.#secondsAhead * 1000}`
    return this.#secondsAhead === 0
      ? {}
      : { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` }
  }
}
