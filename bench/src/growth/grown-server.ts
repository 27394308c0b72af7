import { jsonRequest, manySessions, ServerRun } from '@countersign/server/testing/process'
import { createAccounts, firstUser } from '../comparison/cases/accounts.ts'
import type { Sides } from '../comparison/cases/sides.ts'
import { collect } from '../floor/floor.ts'
import { consumptionOf } from '../load/consumption.ts'
import { fill } from './fill.ts'

/** Node.js options that let the tasks of every ten minutes begin after this time, in milliseconds. Nothing else changes. */
const soon = 3000
const earlyTasks = `--import=data:text/javascript,${encodeURIComponent(
  `const set = setInterval; globalThis.setInterval = (work, after, ...rest) => set(work, after === 600000 ? ${soon} : after, ...rest)`,
)}`

/** A server whose database has grown. */
export interface GrownServer extends AsyncDisposable {
  readonly run: ServerRun
  readonly sides: Sides
  readonly startMilliseconds: number
  readonly idleBytes: number | null
  /** Starts it again, so that it soon removes what has ended. */
  removeSoon(): Promise<void>
}

/** @param floor Where the floor listens. */
export async function growServer(
  sessions: number,
  { folder, floor, connections }: { readonly folder: string | undefined } & Pick<Sides, 'floor' | 'connections'>,
): Promise<GrownServer> {
  const run = await ServerRun.prepare({ folder, built: true, flags: manySessions })
  try {
    const accounts = await createAccounts(run, 1)
    const template = firstUser(accounts)
    await run.serve()
    await collect(run.endpoint, jsonRequest(run.endpoint, '/v1/sessions', template), 'access_token', 1)
    await run.stop()
    fill(run.database, template.username, sessions, Math.floor(Date.now() / 1000))
    const began = performance.now()
    await run.serve()
    const startMilliseconds = performance.now() - began
    const idleBytes = consumptionOf(run.program.pid)?.residentBytes ?? null
    return {
      run,
      startMilliseconds,
      idleBytes,
      sides: { server: run.endpoint, floor, run, accounts, connections },
      removeSoon: () => run.restart({ nodeOptions: [earlyTasks] }),
      [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
    }
  } catch (error) {
    await run[Symbol.asyncDispose]()
    throw error
  }
}
