/**
 * Why a regular expression may take more than linear time, or means different things to different engines, or nothing.
 *
 * What remains is a subset of RE2: no reference back, no look-around, and no repetition of what itself repeats, which
 * is what makes a backtracking engine exponential. A pattern must be anchored at both ends.
 */
export const patternFault = (pattern: string): string | undefined => {
  if (!compiles(pattern)) return 'is not a regular expression'
  if (!pattern.startsWith('^') || !pattern.endsWith('$')) return 'must be anchored with ^ and $'
  // Classes and escaped characters hold no structure; references back are escapes that do.
  if (/\\(?:[1-9]|k<)/.test(pattern.replaceAll('\\\\', ''))) return 'refers back'
  const plain = pattern
    .replaceAll(/\\u\{[^}]*\}|\\[xu][0-9A-Fa-f]{2,4}|\\[pP]\{[^}]*\}|\\./g, '_')
    .replaceAll(/\[[^\]]*\]/g, '_')
  if (/\(\?(?:<?[=!])/.test(plain)) return 'looks around'
  return repeatsRepetition(plain) ? 'repeats what itself repeats' : undefined
}

const compiles = (pattern: string): boolean => {
  try {
    new RegExp(pattern, 'u')
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** Parses the groups; `plain` holds no class and no escape any more. */
const repeatsRepetition = (plain: string): boolean => {
  const groups = [{ repeats: false }]
  for (let index = 0; index < plain.length; index++) {
    if (plain[index] === '(') groups.push({ repeats: false })
    const closed = plain[index] === ')' ? groups.pop() : undefined
    const quantifier = /^(?:[*+]|\{(\d+)(,?)(\d*)\})/.exec(plain.slice(index + 1))
    const group = groups.at(-1)
    if (group === undefined) continue
    if (closed?.repeats) {
      if (quantifier !== null) return true
      group.repeats = true
    }
    // Exactly n times is no choice, and so no backtracking.
    if (quantifier !== null && !(quantifier[1] !== undefined && quantifier[2] === '')) group.repeats = true
  }
  return false
}
