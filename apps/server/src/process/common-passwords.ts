import { createRequire } from 'node:module'

type Dictionaries = typeof import('@zxcvbn-ts/language-common')

let known: ReadonlySet<string> | undefined

/**
 * Whether a password is among the tens of thousands that everybody tries first (N-025). The list is read when it is
 * first asked for: no command that sets no password pays for it.
 */
export function isCommonPassword(lowerCase: string): boolean {
  known ??= readList()
  return known.has(lowerCase)
}

function readList(): ReadonlySet<string> {
  const { dictionary } = createRequire(import.meta.url)('@zxcvbn-ts/language-common') as Dictionaries
  return new Set(dictionary['passwords-common'].map((password) => password.toLowerCase()))
}
