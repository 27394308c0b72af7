import { confusables } from './confusables.ts'

const ignorable = /\p{Default_Ignorable_Code_Point}/gu

const exemplars: ReadonlyMap<string, string> = readTable(confusables)

/** Each line: the code points of what stands for a class of look-alikes, a colon, the look-alikes. Hexadecimal. */
function readTable(lines: string): ReadonlyMap<string, string> {
  const character = (hex: string): string => String.fromCodePoint(Number.parseInt(hex, 16))
  return new Map(
    lines
      .trim()
      .split(/\s+/)
      .flatMap((entry) => {
        const [exemplar = '', sources = ''] = entry.split(':')
        const text = exemplar.split('+').map(character).join('')
        return sources.split(',').map((source) => [character(source), text] as const)
      }),
  )
}

const mapped = (text: string): string =>
  [...text.normalize('NFD').replace(ignorable, '')]
    .map((character) => exemplars.get(character) ?? character)
    .join('')
    .normalize('NFD')
    .toLowerCase()

/**
 * The skeleton of a text in lower case (UTS #39 §4): two texts that look alike have one skeleton. Only compared, never shown.
 *
 * The table maps some letters to capital ones, so its result is lower-cased and mapped again until nothing changes.
 */
export function skeleton(lowerCase: string): string {
  const next = mapped(lowerCase)
  return next === lowerCase ? next : skeleton(next)
}
