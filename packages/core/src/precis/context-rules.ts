// The contextual rules of RFC 5892, appendix A: code points that are valid only beside certain others.

/** Canonical combining class 9: signs that join two consonants. */
const virama =
  /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a\u1714\u1715\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f\ua806\ua82c\ua8c4\ua953\ua9c0\uaaf6\uabed\u{10a3f}\u{11046}\u{11070}\u{1107f}\u{110b9}\u{11133}\u{11134}\u{111c0}\u{11235}\u{112ea}\u{1134d}\u{113ce}-\u{113d0}\u{11442}\u{114c2}\u{115bf}\u{1163f}\u{116b6}\u{1172b}\u{11839}\u{1193d}\u{1193e}\u{119e0}\u{11a34}\u{11a47}\u{11a99}\u{11c3f}\u{11d44}\u{11d45}\u{11d97}\u{11f41}\u{11f42}\u{1612f}]/u

/** Letters of the Arabic block that join on both sides; the others of it join only with the letter before, or with none. */
const joinsBoth =
  /[\u0620\u0626\u0628\u062a-\u062e\u0633-\u063f\u0641-\u0647\u0649\u064a\u066e\u066f\u0678-\u0687\u069a-\u06bf\u06c1\u06c2\u06cc\u06ce\u06d0\u06d1\u06fa-\u06fc\u06ff]/
const joinsOnlyBefore =
  /[\u0622-\u0625\u0627\u0629\u062f-\u0632\u0648\u0671-\u0673\u0675-\u0677\u0688-\u0699\u06c0\u06c3-\u06cb\u06cd\u06cf\u06d2\u06d3\u06d5\u06ee\u06ef]/
const transparent = /\p{Mn}/u

const greek = /\p{Script=Greek}/u
const hebrew = /\p{Script=Hebrew}/u
const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u
const arabicDigit = /[\u0660-\u0669]/
const extendedArabicDigit = /[\u06f0-\u06f9]/

/** Whether the contextual code point at this place may stand there. */
export function fitsContext(text: readonly string[], at: number): boolean {
  const character = text[at] ?? ''
  const before = text[at - 1] ?? ''
  const after = text[at + 1] ?? ''
  switch (character) {
    case '\u200c':
      return virama.test(before) || breaksAJoin(text, at)
    case '\u200d':
      return virama.test(before)
    case '\u00b7':
      return before === 'l' && after === 'l'
    case '\u0375':
      return greek.test(after)
    case '\u05f3':
    case '\u05f4':
      return hebrew.test(before)
    case '\u30fb':
      return text.some((one) => one !== character && japanese.test(one))
    default:
      return !text.some((one) => (arabicDigit.test(character) ? extendedArabicDigit : arabicDigit).test(one))
  }
}

/** Appendix A.1, for the Arabic block: in other joining scripts a non-joiner is refused. */
function breaksAJoin(text: readonly string[], at: number): boolean {
  const before = text.slice(0, at).findLast((one) => !transparent.test(one)) ?? ''
  const after = text.slice(at + 1).find((one) => !transparent.test(one)) ?? ''
  return joinsBoth.test(before) && (joinsBoth.test(after) || joinsOnlyBefore.test(after))
}
