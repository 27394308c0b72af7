// The server and the floor, each in a process of its own, with their data in one temporary folder.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Endpoint, freePort, manySessions, type Program, ServerRun } from '@countersign/server/testing/process'
import type { BenchDatabase, WhichServer } from '../database/bench-server.ts'
import { launchFloor, serveFloor } from '../floor/floor.ts'
import { Generator } from '../load/generator.ts'
import { type Accounts, createAccounts } from './cases/accounts.ts'
import type { Sides } from './cases/sides.ts'
import type { Processes } from './compare.ts'

export interface SidesOptions {
  /** Where the temporary folder is made. Default is the system's. */
  readonly folder?: string | undefined
  /** Where the data of both sides is. Default is SQLite, in the temporary folder. */
  readonly database?: WhichServer | undefined
}

interface FloorPlace {
  readonly folder: string
  readonly endpoint: Endpoint
  readonly databaseUrl: string | undefined
}

interface Databases {
  readonly ours: BenchDatabase
  readonly floor: BenchDatabase
}

export class BothSides implements AsyncDisposable {
  readonly server: ServerRun
  readonly floor: Program
  readonly generator: Generator
  readonly #floor: FloorPlace
  readonly #databases: Databases | undefined
  readonly #accounts: Accounts
  readonly #cleanup: AsyncDisposableStack

  private constructor(
    parts: Pick<BothSides, 'server' | 'floor' | 'generator'>,
    floor: FloorPlace,
    databases: Databases | undefined,
    accounts: Accounts,
    cleanup: AsyncDisposableStack,
  ) {
    this.server = parts.server
    this.floor = parts.floor
    this.generator = parts.generator
    this.#floor = floor
    this.#databases = databases
    this.#accounts = accounts
    this.#cleanup = cleanup
  }

  static async start({ folder: parent, database }: SidesOptions): Promise<BothSides> {
    await using started = new AsyncDisposableStack()
    const folder = await mkdtemp(join(parent ?? tmpdir(), 'countersign-bench-'))
    started.defer(() => rm(folder, { recursive: true }))
    const on = database && started.use(await (await import('../database/bench-server.ts')).BenchServer.open(database))
    const databases = on && { ours: await on.database(), floor: await on.database() }
    const place = {
      folder: join(folder, 'floor'),
      endpoint: { host: '127.0.0.1', port: await freePort() },
      databaseUrl: databases?.floor.url,
    }
    await mkdir(place.folder)
    const env: Readonly<Record<string, string>> = databases ? { COUNTERSIGN_DATABASE_URL: databases.ours.url } : {}
    const server = started.use(await ServerRun.prepare({ folder, built: true, flags: manySessions, env }))
    const accounts = await createAccounts(server)
    await server.serve()
    const floor = started.use(await serveFloor(place.folder, place.endpoint, place.databaseUrl))
    const generator = started.use(new Generator())
    return new BothSides({ server, floor, generator }, place, databases, accounts, started.move())
  }

  get processes(): Processes {
    const { ours, floor } = this.#databases ?? {}
    return {
      ours: { pid: this.server.program.pid, databaseCpuSeconds: ours && (() => ours.cpuSeconds()) },
      floor: { pid: this.floor.pid, databaseCpuSeconds: floor && (() => floor.cpuSeconds()) },
    }
  }

  /** What the cases are made of. */
  sides(connections: number): Sides {
    const { server } = this
    return { server: server.endpoint, floor: this.#floor.endpoint, run: server, accounts: this.#accounts, connections }
  }

  /** Starts the floor again, after it was ended. It may not be ready yet. */
  launchFloor(): Program {
    return launchFloor(this.#floor.folder, this.#floor.endpoint, this.#floor.databaseUrl)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync()
  }
}
