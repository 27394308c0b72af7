/**
 * Writes packages/core/src/precis/confusables.json: the confusable characters of UTS #39 that can occur in a username,
 * from the data file of the package `unhomoglyph`. Skeletons are stored, so changing the table needs a migration
 * (docs/adr/0017).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

const help = `node scripts/confusables.ts [--write]

Compares packages/core/src/precis/confusables.json with the table of the package unhomoglyph; exit 1 if they differ.

  --write  write it
  --help   this text
`

const target = resolve(import.meta.dirname, '../packages/core/src/precis/confusables.json')

/**
 * Characters of a canonical username after NFD: lower-case letters, digits, marks and printable ASCII, without
 * compatibility forms.
 */
const canStandInAName = (character: string): boolean =>
  /^(?:[\p{Ll}\p{Lo}\p{Lm}\p{Nd}\p{Mn}\p{Mc}]|[!-~])$/u.test(character) &&
  !/\p{Default_Ignorable_Code_Point}/u.test(character) &&
  character === character.toLowerCase() &&
  character === character.normalize('NFKD')

const hex = (text: string): string[] => [...text].map((character) => (character.codePointAt(0) ?? 0).toString(16))

/** The text of the file: each exemplar with the characters that it stands for; code points in hexadecimal. */
export function confusablesTable(data: Readonly<Record<string, string>>): string {
  const sources = new Map<string, string[]>()
  for (const [source, exemplar] of Object.entries(data)) {
    if (!canStandInAName(source) || source === exemplar) continue
    const key = hex(exemplar).join(' ')
    sources.set(key, [...(sources.get(key) ?? []), ...hex(source)])
  }
  const table = Object.fromEntries([...sources].map(([exemplar, list]) => [exemplar, list.join(' ')]))
  return `${JSON.stringify(table, undefined, 2)}\n`
}

/** The expected content of the file. */
export const expectedConfusables = (): string =>
  confusablesTable(createRequire(import.meta.url)('unhomoglyph/data.json') as Record<string, string>)

export const writtenConfusables = (): string => readFileSync(target, 'utf8')

if (import.meta.main) {
  const { values } = parseArgs({ options: { write: { type: 'boolean' }, help: { type: 'boolean' } } })
  if (values.help) process.stdout.write(help)
  else if (values.write) writeFileSync(target, expectedConfusables())
  else if (expectedConfusables() !== writtenConfusables()) {
    console.error(
      'packages/core/src/precis/confusables.json differs from the table: node scripts/confusables.ts --write',
    )
    process.exitCode = 1
  }
}
