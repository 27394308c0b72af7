/*
 * What makes a long password easy to guess: a known word, a run, neighbouring keys, a repetition. Each function
 * marks the characters of it; the rules count the characters that remain.
 */

/** Where a part begins, and where the next character is. */
export interface Part {
  readonly from: number
  readonly to: number
}

/** Every place at which the word stands. Both in the same folding. */
export function occurrencesOf(word: string, text: readonly string[]): readonly Part[] {
  const letters = [...word]
  const parts: Part[] = []
  for (let from = 0; from + letters.length <= text.length; from++) {
    if (letters.every((letter, at) => text[from + at] === letter)) parts.push({ from, to: from + letters.length })
  }
  return parts
}

/** Code points that follow one another up or down, each at least once: `12345`, `cba`, `aaaa`, `112233`. */
export const runsIn = (text: readonly string[], shortest: number): readonly Part[] => [
  ...stretches(text, shortest, (one, next) => [0, 1].includes(step(one, next))),
  ...stretches(text, shortest, (one, next) => [0, -1].includes(step(one, next))),
]

const step = (one: string, next: string): number => (next.codePointAt(0) ?? 0) - (one.codePointAt(0) ?? 0)

/** Keys that lie side by side, one after the other: `qwertz`, `1qaz`, `zaq12wsx`. */
export const keyboardWalksIn = (text: readonly string[], shortest: number): readonly Part[] =>
  keyboards.flatMap((keyboard) => stretches(text, shortest, (one, next) => keyboard.get(one)?.has(next) === true))

/** The parts of at least so many characters in which every two neighbours belong together. */
function stretches(
  text: readonly string[],
  shortest: number,
  belong: (one: string, next: string) => boolean,
): readonly Part[] {
  const parts: Part[] = []
  let from = 0
  for (let to = 1; to <= text.length; to++) {
    const next = text[to]
    if (next !== undefined && belong(text[to - 1] ?? '', next)) continue
    if (to - from >= shortest) parts.push({ from, to })
    from = to
  }
  return parts
}

/** The smallest length after which the text begins again, to its end. Its own length if it never does. */
export function periodOf(text: readonly string[]): number {
  // The longest border of each prefix (Knuth, Morris and Pratt).
  const border = [0]
  for (let at = 1, length = 0; at < text.length; at++) {
    while (length > 0 && text[at] !== text[length]) length = border[length - 1] ?? 0
    if (text[at] === text[length]) length++
    border.push(length)
  }
  return text.length - (border.at(-1) ?? 0)
}

/** Each key, and the keys around it. */
type Keyboard = ReadonlyMap<string, ReadonlySet<string>>

/** Rows of keys, each half a key further to the right than the one above; a key has two characters. */
const layouts = [
  ['`1234567890-=', '\tqwertyuiop[]\\', "\tasdfghjkl;'", '\tzxcvbnm,./'],
  ['~!@#$%^&*()_+', '\tqwertyuiop{}|', '\tasdfghjkl:"', '\tzxcvbnm<>?'],
  ['^1234567890ß´', '\tqwertzuiopü+', '\tasdfghjklöä#', '\tyxcvbnm,.-'],
  ['²&é"\'(-è_çà)=', '\tazertyuiop^$', '\tqsdfghjklmù*', '\twxcvbn,;:!'],
  ['1234567890', 'azertyuiop', 'qsdfghjklm', 'wxcvbn'],
]

const keyboards: readonly Keyboard[] = layouts.map(keyboardOf)

function keyboardOf(rows: readonly string[]): Keyboard {
  const keys = new Map<string, ReadonlySet<string>>()
  const at = (row: number, column: number): string | undefined => [...(rows[row] ?? '')][column]
  for (const [row, letters] of rows.entries()) {
    for (const [column, letter] of [...letters].entries()) {
      const beside = [at(row, column - 1), letter, at(row, column + 1)]
      const above = [at(row - 1, column), at(row - 1, column + 1)]
      const below = [at(row + 1, column - 1), at(row + 1, column)]
      keys.set(letter, new Set([...beside, ...above, ...below].filter((one) => one !== undefined)))
    }
  }
  return keys
}
