import confusables from './confusables.json' with { type: 'json' }

const ignorable = /\p{Default_Ignorable_Code_Point}/gu

const textOf = (codePoints: string): string =>
  String.fromCodePoint(...codePoints.split(' ').map((hex) => Number.parseInt(hex, 16)))

/**
 * What stands for a class of look-alikes, by the look-alike. The table is generated (scripts/confusables.ts) from the data of
 * Unicode 13.0.
 */
const exemplars: ReadonlyMap<string, string> = new Map(
  Object.entries(confusables).flatMap(([exemplar, sources]) =>
    sources.split(' ').map((source) => [textOf(source), textOf(exemplar)] as const),
  ),
)

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
