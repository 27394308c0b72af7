import type { Compiled, Statement } from '../statement.ts'

/** A row of a table, by the key that statements give it. */
export const rowName = (table: string, row: string): string => `${table} ${row}`

/** What the units of one commit may have changed. */
export class Changes {
  /** Whether they may have changed anything. */
  areUnknown = false
  /** Tables of which rows were changed. `true`: any of their rows may be among them. */
  readonly #tables = new Map<string, boolean>()
  readonly rows = new Set<string>()

  get areNone(): boolean {
    return !this.areUnknown && this.#tables.size === 0
  }

  /** To be called for each statement of a unit that writes. */
  add<P>(statement: Statement<P, unknown>, { changes: table, isRemoval }: Compiled, parameters: P): void {
    const rows = statement.rowsChanged?.(parameters)
    if (table === undefined || (rows === undefined && isRemoval && !statement.unreferred)) this.areUnknown = true
    else if (rows === undefined) this.#tables.set(table, true)
    else {
      if (!this.#tables.has(table)) this.#tables.set(table, false)
      for (const row of rows) this.rows.add(rowName(table, row))
    }
  }

  someTable(is: (table: string, isWhole: boolean) => boolean): boolean {
    for (const [table, isWhole] of this.#tables) if (is(table, isWhole)) return true
    return false
  }

  clear(): void {
    this.areUnknown = false
    this.#tables.clear()
    this.rows.clear()
  }
}
