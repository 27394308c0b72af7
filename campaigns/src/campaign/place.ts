// Where a campaign keeps its data: in its folder, on a PostgreSQL server of its own, or on one that somebody else runs.
import { GivenServer, requireNoPassword } from '@countersign/store/testing'
import type { InjectedFault } from '../injected-faults/injected-fault.ts'
import { type EngineName, engines } from './database.ts'
import type { PlaceWords } from './options.ts'

export interface Place {
  /** Default is SQLite. */
  readonly engine?: EngineName | undefined
  /** A PostgreSQL server that somebody else runs. */
  readonly given?: GivenServer | undefined
}

/** As the command line has it. */
export interface AskedPlace {
  readonly engine?: EngineName | undefined
  readonly databaseUrl?: string | undefined
  readonly keep: boolean
}

/** @throws TypeError if a campaign cannot be run there. */
export function placeNamed(words: PlaceWords, fault: InjectedFault<string> | undefined): AskedPlace {
  const { engine, 'database-url': databaseUrl, keep = false } = words
  if (databaseUrl === undefined) {
    if (keep) throw new TypeError('--keep is for --database-url')
    return { engine: engineNamed(engine ?? 'sqlite', fault), keep }
  }
  requireNoPassword(databaseUrl)
  if (engine !== undefined) throw new TypeError('--engine and --database-url exclude each other')
  if (fault) throw new TypeError('--fault is for a database of the campaign alone')
  return { engine: 'postgres', databaseUrl, keep }
}

function engineNamed(name: string, fault: InjectedFault<string> | undefined): EngineName {
  const engine = engines.find((known) => known === name)
  if (engine === undefined) throw new TypeError(`--engine must be ${engines.join(' or ')}`)
  if (fault?.engine !== undefined && fault.engine !== engine) throw new TypeError(`${engine} cannot have that fault`)
  return engine
}

/**
 * Runs a campaign there. On a server that somebody else runs, its databases are dropped at the end, unless an invariant was violated.
 *
 * @param notDone What the campaign does not do on such a server.
 * @param run Returns whether all invariants held.
 * @throws StoreOpenError if the server cannot be used.
 */
export async function onPlace(
  { engine, databaseUrl, keep }: AskedPlace,
  notDone: string | undefined,
  run: (place: Place) => Promise<boolean>,
): Promise<boolean> {
  if (databaseUrl === undefined) return run({ engine })
  await using given = await GivenServer.open(databaseUrl)
  if (notDone !== undefined) console.error(`not done on a server that others run: ${notDone}`)
  const held = await run({ engine, given })
  if (keep || !held) {
    for (const name of given.databases) console.error(`the database ${name} is kept`)
    given.keep()
  }
  return held
}

export const engineHelp =
  '--engine NAME   sqlite (default), or postgres: a PostgreSQL server of its own, which must be installed (Debian: postgresql)'

export const givenHelp = `--database-url URL
                  a PostgreSQL server that is there, or another database that speaks its protocol. The campaign makes databases
                  of its own there and drops them, so the role must be allowed to make databases. Set PGPASSWORD to its password
  --keep          do not drop them. They are also kept when an invariant was violated`
