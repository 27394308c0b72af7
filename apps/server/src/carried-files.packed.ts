// The files that the server reads besides its code, in the npm package: in the folder `files` beside the bundle.
import { existsSync, readFileSync } from 'node:fs'

type Carried = typeof import('./carried-files.ts')

const read = (name: string): Buffer => readFileSync(new URL(`./files/${name}`, import.meta.url))

export const readContract: Carried['readContract'] = () => JSON.parse(read('openapi.json').toString('utf8'))

export const readDocumentationFile: Carried['readDocumentationFile'] = (name) => read(`docs/${name}`)

export function readConsoleFile(name: string): ReturnType<Carried['readConsoleFile']> {
  const file = new URL(`./files/console/${name}`, import.meta.url)
  return existsSync(file) ? readFileSync(file) : undefined
}

/** The package is not packed again. */
export const consoleFileNames: Carried['consoleFileNames'] = () => []

/** The list was made when the package was, with the lengths in it. */
export const readKnownPasswords: Carried['readKnownPasswords'] = () =>
  read('known-passwords.txt').toString('utf8').split('\n')
