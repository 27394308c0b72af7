// The files that the server reads besides its code, in the npm package: in the folder `files` beside the bundle.
import { readFileSync } from 'node:fs'

type Carried = typeof import('./carried-files.ts')

const read = (name: string): Buffer => readFileSync(new URL(`./files/${name}`, import.meta.url))

export const readContract: Carried['readContract'] = () => JSON.parse(read('openapi.json').toString('utf8'))

export const readDocumentationFile: Carried['readDocumentationFile'] = (name) => read(`docs/${name}`)

/** The list was made when the package was, with the lengths in it. */
export const readKnownPasswords: Carried['readKnownPasswords'] = () =>
  read('known-passwords.txt').toString('utf8').split('\n')
