// The server as its users meet it: the program on a data folder of its own, its commands, a clock that can be put forward
// between two starts, and a tap on the wire. It must not know any dialect.
import { mkdtempSync, rmSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProcess, type ServerProcess, serve, type Transcript } from '../../src/cli/testing/run-program.ts'
import { type Exchange, Message, tapWire, type WireTap } from './wire-tap.ts'

/** Tokens name it, so it stays while ports come and go. */
const issuer = 'http://127.0.0.1:4300'

export interface Question {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: object
}

export class House {
  readonly folder = mkdtempSync(join(tmpdir(), 'countersign-founding-'))
  readonly #data = join(this.folder, 'data')
  readonly #flags: readonly string[]
  #server: ServerProcess | undefined
  #tap: WireTap | undefined
  #secondsAhead = 0

  /** @param flags Of `serve`, besides place and port. */
  constructor(flags: readonly string[] = []) {
    this.#flags = flags
  }

  /** Where clients find the server: through the tap. */
  get url(): string {
    if (!this.#tap) throw new Error('nothing is served yet')
    return `http://127.0.0.1:${this.#tap.port}`
  }

  async open(): Promise<void> {
    const flags = ['--data', this.#data, '--issuer', issuer, '--log-level', 'warn', ...this.#flags]
    this.#server = await serve(flags, { env: this.#environment })
    this.#tap ??= await tapWire(() => Number(new URL(this.#running.url).port))
  }

  /** Runs an admin command on the same data folder. */
  command(words: readonly string[], stdin = ''): Promise<Transcript> {
    return runProcess([...words, '--data', this.#data], { stdin, env: this.#environment })
  }

  /** What the command prints with `--json`. @throws Error if it fails. */
  async made<T>(words: readonly string[], stdin = ''): Promise<T> {
    const { status, out, err } = await this.command([...words, '--json'], stdin)
    if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${err}`)
    return JSON.parse(out) as T
  }

  /** The server starts anew on a machine whose clock is so much later. */
  async later(seconds: number): Promise<void> {
    await this.#stop()
    this.#secondsAhead += seconds
    await this.open()
  }

  /** Milliseconds of the epoch, by the server's clock. */
  now(): number {
    return Date.now() + this.#secondsAhead * 1000
  }

  /** One request to the server itself, whose certificate is taken as it is. */
  ask(method: string, path: string, { headers = {}, body }: Question = {}): Promise<Message> {
    const text = body && JSON.stringify(body)
    const describing = { 'Content-Type': 'application/json', 'Content-Length': `${Buffer.byteLength(text ?? '')}` }
    const sent = text === undefined ? headers : { ...describing, ...headers }
    const request = this.#running.url.startsWith('https') ? requestHttps : requestHttp
    const options = { method, headers: sent, agent: false, rejectUnauthorized: false }
    return new Promise((resolve, reject) => {
      request(this.#running.url + path, options, (response) => {
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

  /** Waits for what clients do through the tap. */
  during<T>(clients: () => Promise<T>): Promise<{ readonly result: T; readonly exchanges: readonly Exchange[] }> {
    if (!this.#tap) throw new Error('nothing is served yet')
    return this.#tap.during(clients)
  }

  async close(): Promise<void> {
    try {
      await this.#stop()
    } finally {
      await this.#tap?.close()
      rmSync(this.folder, { recursive: true })
    }
  }

  get #running(): ServerProcess {
    if (!this.#server) throw new Error('nothing is served yet')
    return this.#server
  }

  get #environment(): Record<string, string> {
    const program = `const now=Date.now;Date.now=()=>now()+${this.#secondsAhead * 1000}`
    return this.#secondsAhead === 0
      ? {}
      : { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}` }
  }

  async #stop(): Promise<void> {
    this.#server?.child.kill('SIGTERM')
    const ended = await this.#server?.transcript
    if (ended && ended.status !== 0) throw new Error(`the server ended with ${ended.status}: ${ended.err}`)
  }
}
