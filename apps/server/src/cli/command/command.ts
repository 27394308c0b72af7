// The folder cli/command/ has what all commands share: arguments, streams, the data folder. It must not know any
// command.
import type { Io } from './io.ts'

/** One command of the program. */
export interface Command {
  /** As typed: `keys rotate`. */
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** It reads all of a database beside a server, whose requests come first. */
  readonly isLong?: true
  /**
   * @param args The arguments after the name.
   * @returns The exit status.
   */
  run(args: readonly string[], io: Io): Promise<number>
}
