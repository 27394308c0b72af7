import { serverPrograms } from '@countersign/store/testing'
import { expect, it } from 'vitest'
import type { InjectedFault } from '../injected-faults/injected-fault.ts'
import type { EngineName } from './database.ts'

const programs = serverPrograms()

/** Skips a test whose database cannot be started here. */
export const requireEngine = (engine: EngineName, context: { skip(note: string): void }): void => {
  if (engine === 'postgres' && 'missing' in programs) context.skip(programs.missing)
}

/** Declares a test for each fault that a campaign injects. */
export const itFindsFaults = <F extends string>(
  faults: Readonly<Record<F, InjectedFault<string>>>,
  timeout: number,
  lossesOf: (fault: F, engine: EngineName) => Promise<readonly { readonly invariant: string }[]>,
): void =>
  it.for(faultsOnEngines(faults))(
    'finds a server at fault: %s, on %s',
    { timeout },
    async ([fault, engine], context) => {
      requireEngine(engine, context)
      const losses = await lossesOf(fault, engine)
      expect(losses.some(({ invariant }) => faults[fault].breaks.includes(invariant))).toBe(true)
    },
  )

/** The faults that the tests inject, and on which engines: in CI on SQLite alone. */
const faultsOnEngines = <F extends string>(
  faults: Readonly<Record<F, InjectedFault<string>>>,
): readonly (readonly [F, EngineName])[] => {
  const isWhole = process.env.COUNTERSIGN_WHOLE === 'database'
  const names = Object.keys(faults) as F[]
  const onPostgres = names.filter((name) => faults[name].engine !== 'sqlite' && isWhole)
  return [...names.map((name) => [name, 'sqlite'] as const), ...onPostgres.map((name) => [name, 'postgres'] as const)]
}
