// The Bidi Rule (RFC 5893 §2): a label with right-to-left characters reads the same way wherever it is shown.

/** Bidi classes of what an identifier may have; `B` is whatever no rule permits. */
type BidiClass = 'L' | 'R' | 'AN' | 'EN' | 'ES' | 'CS' | 'ET' | 'ON' | 'BN' | 'NSM' | 'B'

/** Unicode keeps these blocks for right-to-left scripts (UAX #9 §3.2). The rule treats R and AL alike. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u
const classes: readonly (readonly [RegExp, BidiClass])[] = [
  [/\p{Mn}/u, 'NSM'],
  [/[0-9\u06f0-\u06f9]/, 'EN'],
  [/[\u0660-\u0669\u{10d30}-\u{10d39}\u{10d40}-\u{10d49}]/u, 'AN'],
  [rightToLeft, 'R'],
  [/[+-]/, 'ES'],
  [/[,./:]/, 'CS'],
  [/[#$%]/, 'ET'],
  [/\p{L}|\p{M}|\p{N}/u, 'L'],
  [/[!-~]/, 'ON'],
  [/[\u200c\u200d]/, 'BN'],
]

/** Letters that have no direction: marks of stress and tone. */
const neutralLetter = /[\u02b9\u02ba\u02c6-\u02cf\u02ec\u2e2f\ua67f\ua717-\ua71f\ua788\u00b7\u0375\u30fb]/

const classOf = (character: string): BidiClass =>
  neutralLetter.test(character) ? 'ON' : (classes.find(([pattern]) => pattern.test(character))?.[1] ?? 'B')

const inRightToLeft: ReadonlySet<BidiClass> = new Set(['R', 'AN', 'EN', 'ES', 'CS', 'ET', 'ON', 'BN', 'NSM'])
const inLeftToRight: ReadonlySet<BidiClass> = new Set(['L', 'EN', 'ES', 'CS', 'ET', 'ON', 'BN', 'NSM'])

/** Whether the label is free of right-to-left characters, or satisfies the six conditions. */
export function keepsBidiRule(label: string): boolean {
  const found = [...label].map(classOf)
  if (!found.some((one) => one === 'R' || one === 'AN')) return true
  const end = found.findLast((one) => one !== 'NSM')
  const [first] = found
  if (first === 'R') {
    const ends = end === 'R' || end === 'EN' || end === 'AN'
    return ends && found.every((one) => inRightToLeft.has(one)) && !(found.includes('EN') && found.includes('AN'))
  }
  // Condition 5: a label that begins left to right has no right-to-left characters, and here there are some.
  return first === 'L' && (end === 'L' || end === 'EN') && found.every((one) => inLeftToRight.has(one))
}
