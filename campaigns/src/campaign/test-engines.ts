import { serverPrograms } from '@countersign/store/testing'
import type { InjectedFault } from '../injected-faults/injected-fault.ts'
import type { EngineName } from './database.ts'

const programs = serverPrograms()

/** Skips a test whose database cannot be started here. */
export const requireEngine = (engine: EngineName, context: { skip(note: string): void }): void => {
  if (engine === 'postgres' && 'missing' in programs) context.skip(programs.missing)
}

/** The faults that the tests inject, and on which engines: in CI on SQLite alone. */
export const faultsOnEngines = <F extends string>(
  faults: Readonly<Record<F, InjectedFault<string>>>,
): readonly (readonly [F, EngineName])[] => {
  const isWhole = process.env.COUNTERSIGN_WHOLE === 'database'
  const names = Object.keys(faults) as F[]
  const onPostgres = names.filter((name) => faults[name].engine !== 'sqlite' && isWhole)
  return [...names.map((name) => [name, 'sqlite'] as const), ...onPostgres.map((name) => [name, 'postgres'] as const)]
}
