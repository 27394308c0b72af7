/** Something that needs minutes or thousands of rounds: run whole by `pnpm campaign NAME`, and in CI as a small slice. */
export interface Campaign {
  readonly name: string
  /** One line, for the list. */
  readonly summary: string
  readonly usage: string
  /**
   * Runs it and prints what came of it.
   *
   * @returns Whether nothing was lost.
   * @throws TypeError where the options make no sense.
   */
  run(args: readonly string[]): Promise<boolean>
}

export const wholeNumber = (name: string, text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new TypeError(`--${name} must be a whole number`)
  return Number(text)
}

/** One that is different each time, and short enough to be typed again. */
export const freshSeed = (): string => `${Date.now() % 1e9}`

/** Progress on standard error: one line that is written over where somebody watches, else a line now and then. */
export class Progress {
  readonly #tty = process.stderr.isTTY
  readonly #every: number
  #shown = 0

  /** @param every How many of its steps go into a line where nobody watches. */
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

const indented = (entries: readonly (readonly [string, string])[], width: number): string =>
  entries.map(([name, words]) => `  ${name.padEnd(width)} ${words}`).join('\n')

/** Names with their words, in two columns. */
export const columns = (words: Readonly<Record<string, string>>): string => {
  const entries = Object.entries(words)
  return indented(entries, Math.max(...entries.map(([name]) => name.length)))
}
