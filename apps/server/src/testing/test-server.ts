// A server in the process of a test: real store, real pipeline, real sockets. A test may replace only the clocks.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient, createUser, type NewClient, type Role } from '@countersign/core'
import type { TimeSource } from '../adapters/system-clock.ts'
import { type App, createApp } from '../compose/app.ts'
import { type Authority, openAuthority } from '../compose/authority.ts'
import { readConfig } from '../config/read-config.ts'
import { dialects } from '../dialects/registry.ts'
import { type Listening, listen } from '../http/binding/listen.ts'
import { createLogger, type LogSink } from '../log/logger.ts'

const local = { address: undefined, requestId: undefined }

/** A password that satisfies the rules. */
export const goodPassword = 'correct horse battery staple'

export interface TestServer {
  readonly url: string
  readonly authority: Authority
  readonly app: App
  readonly listening: Listening
  /** Everything that was logged. */
  readonly log: () => string
  /** A request to the server itself. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  user(username: string, role: Role, password?: string): Promise<{ readonly id: string }>
  client(given?: Partial<NewClient>): Promise<{ readonly client: Client; readonly secret: string }>
  /** The token set of a native login. */
  login(username: string, password?: string): Promise<SessionBody>
  /** How often the audit trail has each action. */
  auditCounts(): Promise<Readonly<Record<string, number>>>
  close(): Promise<void>
}

/** What `POST /v1/sessions` answers. */
export interface SessionBody {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
  readonly refresh_expires_in: number
  readonly role: Role
  readonly scope: string
}

export interface TestServerOptions {
  /** Settings by flag, e.g. `{ 'retry-window-seconds': '2' }`. */
  readonly flags?: Readonly<Record<string, string>>
  /** Default is the system's clocks. */
  readonly time?: TimeSource
  /** A data folder to use and to leave behind. Default is a temporary one. */
  readonly data?: string
  /** The issuer names it. Default is a free port, and an issuer that does not change. */
  readonly port?: number
  /** Uses the real password hasher with parameters far below the configurable ones, for thousands of attempts. */
  readonly cheapHashes?: boolean
  /** Whether requests are served from the start. Default is true. */
  readonly ready?: boolean
}

let clients = 0

/** Starts a server on the loopback interface. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'countersign-'))
  const lines: string[] = []
  const sink: LogSink = {
    write: (line: string) => {
      lines.push(line)
      return true
    },
    writableLength: 0,
  }
  const { port = 0 } = options
  // A port that is chosen later cannot be in the issuer.
  const flags = { data, port: `${port}`, issuer: `http://127.0.0.1:${port === 0 ? 4300 : port}`, ...options.flags }
  const cheap = options.cheapHashes ? { hashMemoryKib: 64, hashPasses: 1 } : {}
  const config = { ...readConfig({ flags, env: {} }, dialects), ...cheap }
  const logger = createLogger({ level: 'trace', sink })
  const authority = await openAuthority(config, { logger, ...(options.time ? { time: options.time } : {}) })
  const app = await createApp(authority)
  const listening = await listen({ listener: app.listener, host: '127.0.0.1', port })
  if (options.ready !== false) app.ready()
  const url = `http://127.0.0.1:${listening.port}`
  const { domain, store } = authority
  const audited = (before?: Parameters<typeof store.audit.list>[0]['before']) =>
    store.audit.list({ before, limit: 200 })
  return {
    url,
    authority,
    app,
    listening,
    log: () => lines.join(''),
    fetch: (path, init) => fetch(url + path, init),
    user: (username, role, password = goodPassword) =>
      createUser(domain, { username, role, password, requiredFactors: ['password'] }, undefined, local),
    async client(given = {}) {
      const { client, secret } = await createClient(domain, { name: `client-${++clients}`, ...given }, undefined, local)
      return { client, secret: secret.reveal() }
    },
    async login(username, password = goodPassword) {
      const response = await fetch(`${url}/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password }),
      })
      if (response.status !== 201) throw new Error(`login answered ${response.status}: ${await response.text()}`)
      return (await response.json()) as SessionBody
    },
    async auditCounts() {
      const counts: Record<string, number> = {}
      for (let page = await audited(); page.length > 0; page = await audited(page.at(-1)))
        for (const { action } of page) counts[action] = (counts[action] ?? 0) + 1
      return counts
    },
    async close() {
      app.stop()
      await listening.stop(1000)
      await authority.close()
      if (options.data === undefined) rmSync(data, { recursive: true, force: true })
    },
  }
}
