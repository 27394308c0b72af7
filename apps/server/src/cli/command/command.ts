import type { Io } from './io.ts'

/** One command of the program. */
export interface Command {
  /** As it is typed: `keys rotate`. */
  readonly name: string
  /** One line for the list. */
  readonly summary: string
  /**
   * @param args What follows the name.
   * @returns The exit status.
   */
  run(args: readonly string[], io: Io): Promise<number>
}
