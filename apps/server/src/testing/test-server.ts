// A server in the process of a test: real store, real pipeline, real sockets. A test may replace only the clocks.
import { mkdtempSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, localCaller, type NewClient, type Role } from '@countersign/core'
import type { RefusedWrite } from '@countersign/store/conformance'
import type { TimeSource } from '../adapters/system-clock.ts'
import { type App, createApp } from '../compose/app.ts'
import { type Authority, openAuthority } from '../compose/authority.ts'
import { readConfig } from '../config/read-config.ts'
import { dialects } from '../dialects/registry.ts'
import { type Listening, listen } from '../http/binding/listen.ts'
import { createLogger, type LogSink } from '../log/logger.ts'
import type { ConsoleFiles } from '../operations/console.ts'
import { Faults } from './faults.ts'

/** A password that satisfies the rules. */
export const goodPassword = 'correct horse battery staple'

export interface TestServer {
  readonly url: string
  readonly authority: Authority
  readonly app: App
  readonly listening: Listening
  /** Disturbs operations. */
  readonly faults: Faults
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
  /** Whether everything is in memory, and lists of known passwords are not read. Default is false. */
  readonly inMemory?: boolean
  /** Whether the issuer is the URL of the server, also on a free port. Default is false. */
  readonly issuerIsUrl?: boolean
  /** A data folder to use and to leave behind. Default is a temporary one. */
  readonly data?: string
  /** The issuer names it. Default is a free port, and an issuer that does not change. */
  readonly port?: number
  /** Uses the real password hasher with parameters far below the configurable ones, for thousands of attempts. */
  readonly cheapHashes?: boolean
  /** The files of the console. Default is a page and two files that stand for them. */
  readonly consoleFiles?: ConsoleFiles
  /** Whether requests are served from the start. Default is true. */
  readonly ready?: boolean
  /** Whether the test replaces a part of the process: then there is one instance, whatever is shared. Default is false. */
  readonly alone?: boolean
}

/** A page with a script and a style sheet. The console itself need not be built. */
const standInFiles: Readonly<Record<string, string>> = {
  'index.html': `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Countersign</title>
<link rel="stylesheet" href="/console/assets/stand-in-1a2b3c4d.css"><script type="module" src="/console/assets/stand-in-1a2b3c4d.js"></script>
</head><body></body></html>
`,
  'assets/stand-in-1a2b3c4d.css': `main { margin: 0 }\n${'/* repeated */\n'.repeat(50)}`,
  'assets/stand-in-1a2b3c4d.js': `document.body.append('the console')\n${'// repeated\n'.repeat(50)}`,
}
const standInConsole: ConsoleFiles = {
  read: (name) => (Object.hasOwn(standInFiles, name) ? Buffer.from(standInFiles[name] ?? '') : undefined),
}

/**
 * Where servers keep everything, and how many of them share it. A set-up file of tests may set it: then each server is several
 * instances on one database, and each request goes to one of them by chance.
 */
export const sharing: {
  /** @param data The data folder of the servers that share a database. */
  databaseOf?: (data: string) => Promise<{ readonly url: string; readonly instances: number }>
  /** The database of servers that were started. */
  known?: (data: string) => SharedDatabase | undefined
  /** What the store of these servers lacks. Default is nothing. */
  lacks?: ReadonlySet<StoreFeature>
} = {}

/** `file`: the database is a file in the data folder. */
export type StoreFeature = 'file'

/** Whether the store of the servers that this run starts has something. */
export const storeHas = (feature: StoreFeature): boolean => !sharing.lacks?.has(feature)

export interface SharedDatabase {
  readonly url: string
  /** For what is known of SQLite alone: ends the test as skipped. */
  skip(): never
  /** Runs a statement as another program. */
  sql(text: string, parameters: readonly (string | number | null)[]): Record<string, unknown>[]
  /** Every such write fails in the database itself, until this is disposed of. */
  refuse(write: RefusedWrite): Disposable
}

let clients = 0

/** Starts a server on the loopback interface. @throws ConfigError, and errors of the system. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const faults = new Faults()
  let serve: RequestListener = (_request, response) => void response.writeHead(503).end()
  const listener = faults.listening((request, response) => serve(request, response))
  const listening = await listen({ listener, host: '127.0.0.1', port: options.port ?? 0 })
  const url = `http://127.0.0.1:${listening.port}`
  try {
    const opened = await openFor(options, url)
    const appOn = (authority: Authority) =>
      createApp(authority, {
        around: faults.around,
        consoleFiles: options.consoleFiles ?? standInConsole,
      })
    const app = await appOn(opened.authority)
    const others = await Promise.all(opened.others.map(appOn))
    const apps = [app, ...others]
    serve = byChance(apps.map(({ listener }) => listener))
    if (options.ready !== false) for (const one of apps) one.ready()
    return running({ ...opened, app: together(app, apps), apps, faults, listening, url })
  } catch (error) {
    await listening.stop(0)
    throw error
  }
}

/** One of several, by which all of them begin and stop. */
const together = (app: App, all: readonly App[]): App => ({
  ...app,
  ready() {
    for (const one of all) one.ready()
  },
  stop() {
    for (const one of all) one.stop()
  },
})

/** Minimal standard of Park and Miller: the same choices in each run. */
function byChance(listeners: readonly RequestListener[]): RequestListener {
  let state = 1
  return (request, response) => {
    state = (state * 48_271) % 0x7fffffff
    listeners[state % listeners.length]?.(request, response)
  }
}

interface Opened extends Pick<TestServer, 'authority' | 'log'> {
  /** The other instances on its database. */
  readonly others: readonly Authority[]
  /** Removes what was made for this server alone. */
  readonly tidy: () => void
}

async function openFor(options: TestServerOptions, url: string): Promise<Opened> {
  const { inMemory = false, port = 0 } = options
  const temporary = options.data === undefined && !inMemory
  const made = temporary ? mkdtempSync(join(tmpdir(), 'countersign-')) : undefined
  // In memory nothing is made of the folder's name.
  const data = made ?? options.data ?? join(tmpdir(), 'countersign-in-memory')
  // Where the system chooses the port, the issuer of two starts would differ.
  const issuer = port === 0 && !options.issuerIsUrl ? 'http://127.0.0.1:4300' : url
  const shared = inMemory ? undefined : await sharing.databaseOf?.(data)
  const database = shared && { 'database-url': shared.url }
  const flags = { data, port: `${port}`, issuer, ...database, ...options.flags }
  const lines: string[] = []
  const sink: LogSink = {
    write: (line: string) => {
      lines.push(line)
      return true
    },
    writableLength: 0,
  }
  const tidy = () => {
    if (made !== undefined) rmSync(made, { recursive: true, force: true })
  }
  try {
    const cheap = options.cheapHashes ? { hashMemoryKib: 64, hashPasses: 1 } : {}
    const config = { ...readConfig({ flags, env: {} }, dialects), ...cheap }
    const logger = createLogger({ level: 'trace', sink })
    const { time: clocks } = options
    // An instance whose clock differs from that of the database is not ready.
    const databaseTime = shared && clocks && { databaseTime: async () => clocks.wall() }
    const time = clocks && { time: clocks, ...databaseTime }
    const lists = inMemory && { isCommonPassword: () => false }
    const open = () => openAuthority(config, { logger, inMemory, ...time, ...lists })
    const authority = await open()
    const others = await Promise.all(Array.from({ length: options.alone ? 0 : (shared?.instances ?? 1) - 1 }, open))
    return { authority, others, log: () => lines.join(''), tidy }
  } catch (error) {
    tidy()
    throw error
  }
}

type Parts = Opened & Pick<TestServer, 'app' | 'faults' | 'listening' | 'url'> & { readonly apps: readonly App[] }

function running({ tidy, others, apps, ...parts }: Parts): TestServer {
  const { authority, faults, listening, url } = parts
  const { useCases, store } = authority
  const audited = (before?: Parameters<typeof store.audit.list>[0]['before']) =>
    store.audit.list({ before, limit: 200 })
  return {
    ...parts,
    fetch: (path, init) => fetch(url + path, init),
    user: (username, role, password = goodPassword) =>
      useCases.users
        .create({ username, role, password, requiredFactors: ['password'], secretLater: true }, localCaller)
        .then(({ user }) => user),
    async client(given = {}) {
      const { client, secret } = await useCases.clients.create({ name: `client-${++clients}`, ...given }, localCaller)
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
      faults.close()
      for (const one of apps) one.stop()
      await listening.stop(1000)
      for (const one of [authority, ...others]) await one.close()
      tidy()
    },
  }
}
