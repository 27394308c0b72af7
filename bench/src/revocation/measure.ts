// How long after a revocation each of three verifiers refuses the token. They run in processes of their own, and a fourth
// caller introspects meanwhile.
import { setTimeout as pause } from 'node:timers/promises'
import { basic, Connection, type Credentials, formRequest, ServerRun } from '@countersign/server/testing/process'
import { percentile } from '../comparison/side-result.ts'
import { Watcher } from './watcher.ts'

export interface RevocationOptions {
  readonly revocations: number
  readonly folder?: string | undefined
  readonly progress: (line: string) => void
}

export interface Latency {
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
  readonly slowestMilliseconds: number
}

export interface RevocationFigures {
  readonly revocations: number
  readonly verifiers: number
  /** From the sending of the revocation to the refusal, over all verifiers. */
  readonly sinceSent: Latency
  /** From the response to the refusal. It is 0 where the refusal came first. */
  readonly sinceAcknowledged: Latency
  /** How often the fourth caller introspected. */
  readonly introspections: number
}

const resource = 'https://orders.example'
const verifiers = 3
/** The fourth caller introspects so often, in milliseconds. */
const introspectionPause = 10

export async function measureRevocation(options: RevocationOptions): Promise<RevocationFigures> {
  await using cleanup = new AsyncDisposableStack()
  options.progress('setting up')
  const server = cleanup.use(await ServerRun.prepare({ folder: options.folder, built: true }))
  await server.user({ username: 'owner', password: 'correct horse battery staple' }, 'owner')
  await server.json(['apis', 'add', resource, '--name', 'Orders', '--scope', 'orders:read See orders.'])
  const api = await client(server, 'api', ['--audience', resource])
  const caller = await client(server, 'caller', ['--api', resource, '--scope', 'orders:read'])
  await server.serve()
  const watchers: Watcher[] = []
  const terms = { issuer: server.url, resource, client: api }
  for (let i = 0; i < verifiers; i++) watchers.push(cleanup.use(await Watcher.start(terms)))
  const load = cleanup.use(await Introspecting.start(server, api, await issue(server, caller)))
  const connection = await Connection.open(server.endpoint)
  cleanup.defer(() => connection.close())
  const sinceSent: number[] = []
  const sinceAcknowledged: number[] = []
  for (let count = 0; count < options.revocations; count++) {
    if (count % 100 === 0) options.progress(`revocation ${count} of ${options.revocations}`)
    const token = await issue(server, caller, connection)
    await Promise.all(watchers.map((watcher) => watcher.watch(token)))
    const headers = { authorization: basic(caller.id, caller.secret) }
    const refusals = Promise.all(watchers.map((watcher) => watcher.refused()))
    const sentAt = process.hrtime.bigint()
    const { status, body } = await connection.exchange(
      formRequest(server.endpoint, '/oauth2/revoke', { token }, headers),
    )
    const acknowledgedAt = process.hrtime.bigint()
    if (status !== 200) throw new Error(`a revocation was answered ${status} ${body}`)
    for (const at of await refusals) {
      sinceSent.push(Number(at - sentAt) / 1e6)
      sinceAcknowledged.push(Math.max(0, Number(at - acknowledgedAt) / 1e6))
    }
  }
  return {
    revocations: options.revocations,
    verifiers,
    sinceSent: latency(sinceSent),
    sinceAcknowledged: latency(sinceAcknowledged),
    introspections: load.count,
  }
}

const latency = (milliseconds: readonly number[]): Latency => {
  const sorted = Float32Array.from(milliseconds).sort()
  return {
    p50Milliseconds: percentile(sorted, 0.5),
    p99Milliseconds: percentile(sorted, 0.99),
    slowestMilliseconds: percentile(sorted, 1),
  }
}

async function client(server: ServerRun, name: string, words: readonly string[]): Promise<Credentials> {
  const made = await server.json<{ client_id: string; client_secret: string }>([
    'create-client',
    '--name',
    name,
    ...words,
  ])
  return { id: made.client_id, secret: made.client_secret }
}

async function issue(server: ServerRun, { id, secret }: Credentials, open?: Connection): Promise<string> {
  const connection = open ?? (await Connection.open(server.endpoint))
  const form = { grant_type: 'client_credentials', resource }
  const headers = { authorization: basic(id, secret) }
  const { status, body } = await connection.exchange(formRequest(server.endpoint, '/oauth2/token', form, headers))
  if (!open) connection.close()
  if (status !== 200) throw new Error(`an issue was answered ${status} ${body}`)
  return JSON.parse(body).access_token
}

/** Introspects one token, a light load. */
class Introspecting implements AsyncDisposable {
  count = 0
  readonly #end = new AbortController()
  readonly #done: Promise<void>

  private constructor(connection: Connection, request: string) {
    this.#done = this.#run(connection, request)
    // It is told at the end.
    this.#done.catch(() => {})
  }

  static async start(server: ServerRun, { id, secret }: Credentials, token: string): Promise<Introspecting> {
    const headers = { authorization: basic(id, secret) }
    const request = formRequest(server.endpoint, '/oauth2/introspect', { token }, headers)
    return new Introspecting(await Connection.open(server.endpoint), request)
  }

  async #run(connection: Connection, request: string): Promise<void> {
    while (!this.#end.signal.aborted) {
      const { status, body } = await connection.exchange(request)
      if (!body.includes('"active":true')) throw new Error(`an introspection was answered ${status} ${body}`)
      this.count++
      await pause(introspectionPause)
    }
    connection.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort()
    await this.#done
  }
}
