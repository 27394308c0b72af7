/** A test that needs minutes or thousands of rounds. `pnpm campaign NAME` runs all of it, CI a short one. */
export interface Campaign {
  readonly name: string
  /** One line of the list of campaigns. */
  readonly summary: string
  readonly usage: string
  /**
   * Runs the campaign and prints its result.
   *
   * @returns Whether all invariants held.
   * @throws TypeError if the options are not valid.
   */
  run(args: readonly string[]): Promise<boolean>
}

/** Progress on standard error: on a terminal one line that is overwritten, otherwise a line every few steps. */
export class Progress {
  readonly #tty = process.stderr.isTTY
  readonly #every: number
  #shown = 0

  /** @param every The number of steps per line where there is no terminal. */
  constructor(every: number) {
    this.#every = every
  }

  show(line: string): void {
    if (this.#tty) process.stderr.write(`\r\x1b[K${line}`)
    else if (++this.#shown % this.#every === 0) process.stderr.write(`${line}\n`)
  }

  end(): void {
    if (this.#tty) process.stderr.write('\n')
  }
}

/** How a result is printed. */
export interface Told<L> {
  readonly json: boolean
  readonly seed: number
  readonly seconds: number
  /** The line of the tallies. */
  readonly line: string
  readonly ofLoss: (loss: L) => string
}

/** Prints the result of a campaign. Returns whether all invariants held. */
export function tell<L>(
  state: { readonly losses: readonly L[] },
  { json, seed, seconds, line, ofLoss }: Told<L>,
): boolean {
  if (json) console.log(JSON.stringify({ ...state, seed, seconds }))
  else {
    for (const loss of state.losses) console.log(ofLoss(loss))
    console.log(`${line} · seed ${seed} · ${seconds} s`)
  }
  return state.losses.length === 0
}

const indented = (entries: readonly (readonly [string, string])[], width: number): string =>
  entries.map(([name, words]) => `  ${name.padEnd(width)} ${words}`).join('\n')

/** Names and descriptions in two columns. */
export const columns = (words: Readonly<Record<string, string>>): string => {
  const entries = Object.entries(words)
  return indented(entries, Math.max(...entries.map(([name]) => name.length)))
}
