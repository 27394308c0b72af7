/**
 * Checks the import law: who may import whom, where a dependency may be known, and how large folders and files may be. It
 * prints the floors of each package. It reads sources only; it runs and changes nothing.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { breachesOf } from './import-law/breaches.ts'
import { listOfFloors } from './import-law/floors.ts'

const help = `pnpm imports [FOLDER]

Checks every TypeScript file of the workspace in FOLDER (default: this one) against the import law:
  a package imports only the packages that it may know, by their public entries
  inside a package, a file imports only from floors below its own and from its own folder; the floors are printed
  a dependency that has one home is imported there alone
  no default exports, no barrels but a package's entries, no folder or file named utils, helpers, common or manager
  at most 3 folders below a package's src, 14 source files a folder, 300 lines a file (tests: 600)

One line for each breach, FILE: what is wrong; exit 1 if there is any.

  --help   this text
`

const options = { help: { type: 'boolean', default: false } } as const
const { values, positionals } = parseArgs({ options, allowPositionals: true })

if (values.help) {
  process.stdout.write(help)
} else {
  const breaches = breachesOf(resolve(positionals[0] ?? resolve(import.meta.dirname, '..')))
  for (const { path, fault } of breaches) console.error(`${path}: ${fault}`)
  const count = breaches.length === 1 ? '1 breach' : `${breaches.length} breaches`
  if (positionals.length === 0) console.log(`${listOfFloors()}\n`)
  console.log(breaches.length === 0 ? 'the import law is kept' : `${count} of the import law`)
  if (breaches.length > 0) process.exitCode = 1
}
