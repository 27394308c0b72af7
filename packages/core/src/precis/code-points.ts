/*
 * PRECIS (RFC 8264): how text of every script is prepared before it is compared. This folder knows the string classes, the
 * contextual rules, the Bidi Rule and skeletons of look-alikes; what a username or a password is, it does not know.
 *
 * The Unicode data is that of the runtime, but for the look-alikes (`confusables.json`).
 */
import { fitsContext } from './context-rules.ts'

/** RFC 8264 §4.2 and §4.3: which code points a string may have. */
export type StringClass = 'identifier' | 'freeform'

/** RFC 8264 §9.6 (RFC 5892 §2.6): valid, whatever their category says. */
const alwaysValid = /[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007]/
/** RFC 8264 §9.6: valid where their neighbours fit (RFC 5892 appendix A). */
const contextual = /[\u00b7\u0375\u05f3\u05f4\u30fb\u0660-\u0669\u06f0-\u06f9\u200c\u200d]/
/** RFC 8264 §9.6: disallowed, whatever their category says. */
const neverValid = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/
const printableAscii = /[!-~]/
/** RFC 8264 §9.9, §9.12, §9.13 and §9.10: conjoining jamo, controls, what is ignored, and what is no character (yet). */
const unusable =
  /[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]|[\p{Cc}\p{Cn}\p{Co}\p{Cs}]|\p{Default_Ignorable_Code_Point}|\p{Noncharacter_Code_Point}/u
/** RFC 8264 §9.1. */
const letterOrDigit = /[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]/u
/** RFC 8264 §9.14 to §9.18: spaces, symbols, punctuation, other letters and digits. */
const freeformOnly = /[\p{Zs}\p{S}\p{P}\p{Lt}\p{Nl}\p{No}\p{Me}]/u

/** RFC 8264 §9.17: NFKC makes something else of it. */
const hasCompatibilityForm = (character: string): boolean => character.normalize('NFKC') !== character

/** Whether every code point of the text is valid in the class (RFC 8264 §8). The empty text has none that is not. */
export function belongsTo(stringClass: StringClass, text: string): boolean {
  const characters = [...text]
  return characters.every((character, at) => isValid(stringClass, character, characters, at))
}

/** The order of the questions is that of RFC 8264 §8. */
function isValid(stringClass: StringClass, character: string, text: readonly string[], at: number): boolean {
  if (alwaysValid.test(character)) return true
  if (neverValid.test(character)) return false
  if (contextual.test(character)) return fitsContext(text, at)
  if (printableAscii.test(character)) return true
  if (unusable.test(character)) return false
  if (hasCompatibilityForm(character)) return stringClass === 'freeform'
  return letterOrDigit.test(character) || (stringClass === 'freeform' && freeformOnly.test(character))
}
