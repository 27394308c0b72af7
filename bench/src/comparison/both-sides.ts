// The server and the floor, each in a process of its own, with their data in one temporary folder.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Endpoint, freePort, manySessions, type Program, ServerRun } from '@countersign/server/testing/process'
import { launchFloor, serveFloor } from '../floor/floor.ts'
import { Generator } from '../load/generator.ts'
import { type Accounts, createAccounts } from './cases/accounts.ts'
import type { Sides } from './cases/sides.ts'
import type { Processes } from './compare.ts'

export class BothSides implements AsyncDisposable {
  readonly server: ServerRun
  readonly floor: Program
  readonly generator: Generator
  readonly #floorFolder: string
  readonly #floorEndpoint: Endpoint
  readonly #accounts: Accounts
  readonly #cleanup: AsyncDisposableStack

  private constructor(
    parts: Pick<BothSides, 'server' | 'floor' | 'generator'>,
    floor: { readonly folder: string; readonly endpoint: Endpoint },
    accounts: Accounts,
    cleanup: AsyncDisposableStack,
  ) {
    this.server = parts.server
    this.floor = parts.floor
    this.generator = parts.generator
    this.#floorFolder = floor.folder
    this.#floorEndpoint = floor.endpoint
    this.#accounts = accounts
    this.#cleanup = cleanup
  }

  /** @param parent Where the temporary folder is made. Default is the system's. */
  static async start(parent: string | undefined): Promise<BothSides> {
    await using started = new AsyncDisposableStack()
    const folder = await mkdtemp(join(parent ?? tmpdir(), 'countersign-bench-'))
    started.defer(() => rm(folder, { recursive: true }))
    const floorFolder = join(folder, 'floor')
    const floorEndpoint = { host: '127.0.0.1', port: await freePort() }
    await mkdir(floorFolder)
    const server = started.use(await ServerRun.prepare({ folder, built: true, flags: manySessions }))
    const accounts = await createAccounts(server)
    await server.serve()
    const floor = started.use(await serveFloor(floorFolder, floorEndpoint))
    const generator = started.use(new Generator())
    const place = { folder: floorFolder, endpoint: floorEndpoint }
    return new BothSides({ server, floor, generator }, place, accounts, started.move())
  }

  get processes(): Processes {
    return { serverPid: this.server.program.pid, floorPid: this.floor.pid }
  }

  /** What the cases are made of. */
  sides(connections: number): Sides {
    const { server } = this
    return { server: server.endpoint, floor: this.#floorEndpoint, run: server, accounts: this.#accounts, connections }
  }

  /** Starts the floor again, after it was ended. It may not be ready yet. */
  launchFloor(): Program {
    return launchFloor(this.#floorFolder, this.#floorEndpoint)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync()
  }
}
