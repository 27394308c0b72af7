import type { Domain } from '../domain/domain.ts'
import { longestPasswordBytes, preparedPassword } from '../domain/passwords.ts'
import { AuthError } from '../model/errors.ts'
import type { Factor } from '../model/principals/user.ts'
import { canonicalUsername } from '../model/username.ts'
import { opaqueString } from '../precis/opaque-string.ts'
import { keyboardWalksIn, occurrencesOf, type Part, periodOf, runsIn } from './predictable.ts'

/** Alone, a password must be this long (NIST SP 800-63B-4); beside a second factor 8 characters do (ASVS 6.2.1). */
export const shortestPasswordAlone = 15
export const shortestPasswordBesideTotp = 8

/** A part that is easy to guess counts where at most so many other characters remain. */
const mostCharactersBeside = 4
/** Shorter words stand in too many others to count. */
const shortestContextWord = 4
const productName = 'countersign'

/** Documented in docs/errors.md. */
export type PasswordFault =
  | 'disallowed_character'
  | 'too_short'
  | 'too_long'
  | 'well_known'
  | 'equals_username'
  | 'equals_product_name'
  | 'equals_host_name'
  | 'sequence'
  | 'keyboard_walk'
  | 'repeats'
  | 'unchanged'

type Deps = Pick<Domain, 'isCommonPassword' | 'issuer'>

/**
 * Checks a new password: long enough, and not easy to guess. There are no rules about classes of characters. All of it is
 * verified in the form that is hashed (RFC 8265 §4.2), and compared without letter case and width.
 *
 * @param user `requiredFactors`: what must be shown at login from then on; a password beside a code may be shorter.
 * @returns Whether the password would do as the only factor, too.
 * @throws AuthError `password_unacceptable` with the fault as `reason`.
 */
export function requireAcceptablePassword(
  password: string,
  user: { readonly username: string; readonly requiredFactors: readonly Factor[] },
  deps: Deps,
): boolean {
  const rules = { deps, contextWords: contextWordsOf(user.username, deps.issuer) }
  const isBesideTotp = user.requiredFactors.includes('totp')
  const fault = passwordFault(password, isBesideTotp ? shortestPasswordBesideTotp : shortestPasswordAlone, rules)
  if (fault) throw new AuthError('password_unacceptable', { reason: fault })
  return !isBesideTotp || passwordFault(password, shortestPasswordAlone, rules) === undefined
}

/** Whether a password is long enough to be the only factor: in the form that is hashed. */
export const standsAlone = (password: string): boolean =>
  [...preparedPassword(password)].length >= shortestPasswordAlone

interface Rules {
  readonly deps: Deps
  readonly contextWords: readonly ContextWord[]
}

interface ContextWord {
  readonly word: string
  readonly fault: PasswordFault
}

/** The first guesses of an attacker who knows the user (ASVS 6.1.2). */
function contextWordsOf(username: string, issuer: string): readonly ContextWord[] {
  const host = new URL(issuer).hostname
  const words: readonly ContextWord[] = [
    { word: canonicalUsername(username) ?? username, fault: 'equals_username' },
    { word: productName, fault: 'equals_product_name' },
    ...[host, ...host.split('.')].map((word) => ({ word, fault: 'equals_host_name' }) as const),
  ]
  return words
    .map(({ word, fault }) => ({ word: folded(word), fault }))
    .filter(({ word }) => [...word].length >= shortestContextWord)
}

const folded = (text: string): string => text.normalize('NFKC').toLowerCase()

function passwordFault(password: string, shortest: number, rules: Rules): PasswordFault | undefined {
  const prepared = opaqueString(password)
  if (prepared === undefined) return password === '' ? 'too_short' : 'disallowed_character'
  if (Buffer.byteLength(prepared) > longestPasswordBytes) return 'too_long'
  if ([...prepared].length < shortest) return 'too_short'
  if (rules.deps.isCommonPassword(prepared.toLowerCase()) || rules.deps.isCommonPassword(folded(prepared))) {
    return 'well_known'
  }
  const characters = [...folded(prepared)]
  return predictableFault(characters, rules) ?? repetitionFault(characters, shortest, rules)
}

interface MarkedPart extends Part {
  readonly fault: PasswordFault
}

/**
 * Looks for words of the context alone, then also for runs, then also for rows of neighbouring keys.
 *
 * @returns The kind of the largest part, once the parts leave hardly anything.
 */
function predictableFault(characters: readonly string[], { contextWords }: Rules): PasswordFault | undefined {
  // In a short password a few keys side by side say little: one in thirty random ones has four of them.
  const isShort = characters.length < shortestPasswordAlone
  const marked = (parts: readonly Part[], fault: PasswordFault) => parts.map((part) => ({ ...part, fault }))
  const words = contextWords.flatMap(({ word, fault }) => marked(occurrencesOf(word, characters), fault))
  const runs = marked(runsIn(characters, isShort ? 4 : 3), 'sequence')
  const walks = marked(keyboardWalksIn(characters, isShort ? 5 : 3), 'keyboard_walk')
  for (const parts of [words, [...words, ...runs], [...words, ...runs, ...walks]]) {
    if (countBeside(parts, characters.length) <= mostCharactersBeside) return largest(parts).fault
  }
  return undefined
}

function countBeside(parts: readonly Part[], length: number): number {
  const covered = new Set(parts.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at)))
  return length - covered.size
}

const largest = (parts: readonly MarkedPart[]): MarkedPart =>
  parts.reduce((one, other) => (other.to - other.from > one.to - one.from ? other : one))

/** The same again is as good as it is once: refused where once would be. A few characters before or after change nothing. */
function repetitionFault(characters: readonly string[], shortest: number, rules: Rules): PasswordFault | undefined {
  for (let before = 0; before <= mostCharactersBeside; before++) {
    for (let after = 0; before + after <= mostCharactersBeside; after++) {
      const core = characters.slice(before, characters.length - after)
      const period = periodOf(core)
      if (core.length < 2 * shortestContextWord || period > core.length / 2) continue
      if (passwordFault(core.slice(0, period).join(''), shortest, rules) !== undefined) return 'repeats'
    }
  }
  return undefined
}
