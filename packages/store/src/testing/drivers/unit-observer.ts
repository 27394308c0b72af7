/*
 * Observes the database drivers: which units of writing there were, what each changed and how often it wrote to the audit trail
 * (S12). It knows only the drivers, so no part of the store can forget to report to it.
 */
import type { ObservedUnit } from './change.ts'
import { observePostgres } from './postgres-units.ts'
import { observeSqlite } from './sqlite-units.ts'

/** Observes statements that are prepared from now on. Dispose of it, or every later database is observed, too. */
export function observeUnits(): { readonly units: readonly ObservedUnit[]; clear(): void } & Disposable {
  const units: ObservedUnit[] = []
  const tell = (unit: ObservedUnit): void => void units.push(unit)
  const observed = [observeSqlite(tell), observePostgres(tell)]
  return {
    units,
    clear: () => {
      units.length = 0
    },
    [Symbol.dispose]: () => {
      for (const one of observed) one[Symbol.dispose]()
    },
  }
}
