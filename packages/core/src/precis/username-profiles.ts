import { keepsBidiRule } from './bidi-rule.ts'
import { belongsTo } from './code-points.ts'

/** The block of full-width and half-width forms, and the ideographic space (RFC 8264 §5.2.1: width mapping). */
const wideOrNarrow = /[\uff01-\uffee\u3000]/g

const widthMapped = (text: string): string => text.replace(wideOrNarrow, (character) => character.normalize('NFKC'))

/**
 * The UsernameCasePreserved profile (RFC 8265 §3.4): width mapping, NFC, the Bidi Rule. A name is made of parts with single
 * spaces between them (RFC 8265 §3.1).
 *
 * @returns `undefined` if the text is no username of the profile.
 */
export function usernameCasePreserved(text: string): string | undefined {
  const name = widthMapped(text).normalize('NFC')
  const parts = name.split(' ')
  const isName = parts.every((part) => part !== '' && belongsTo('identifier', part) && keepsBidiRule(part))
  return isName ? name : undefined
}

/** The UsernameCaseMapped profile (RFC 8265 §3.3): as `usernameCasePreserved`, in lower case. */
export const usernameCaseMapped = (text: string): string | undefined =>
  usernameCasePreserved(widthMapped(text).toLowerCase())

/**
 * The beginning of names in the UsernameCaseMapped profile, for a search. It need not be a name itself: `ada ` begins `ada king`.
 */
export const usernamePrefixMapped = (text: string): string =>
  widthMapped(widthMapped(text).toLowerCase()).normalize('NFC')
