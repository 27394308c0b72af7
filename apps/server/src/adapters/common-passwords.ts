import { shortestPasswordAlone } from '@countersign/core'
import { readKnownPasswords } from '../carried-files.ts'

let known: ReadonlySet<string> | undefined

/**
 * Whether the password is among the tens of thousands that attackers try first (N-025). The lists are read on first
 * use, so that a command that sets no password does not read them.
 */
export const isCommonPassword = (lowerCase: string): boolean => commonPasswords().has(lowerCase)

/** All of one package's common passwords, and those of the leaked list that are long enough to be the only factor. */
export function commonPasswords(): ReadonlySet<string> {
  known ??= new Set(readKnownPasswords(shortestPasswordAlone))
  return known
}
