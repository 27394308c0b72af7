/**
 * Why a regular expression does not compile, without flags, in every engine that generated clients use (JavaScript, Python, Go,
 * Java), or does not mean the same in all of them.
 *
 * What remains: printable ASCII, classes without classes inside, groups without names, `\xHH`, escaped punctuation, and
 * at most 1,000 repetitions (RE2's limit, nested ones multiplied). `\d`, `\w`, `\s` and `\b` differ by engine; `\u` and `\p`
 * are not in all of them.
 */
export const portabilityFault = (pattern: string): string | undefined => {
  if (!compiles(pattern)) return 'does not compile without flags'
  if (/[^ -~]/.test(pattern)) return 'has a character that is not printable ASCII: write \\xHH'
  const unlike = /\\(?!x[0-9A-Fa-f]{2}|[$()*+./?[\\\]^{|}-])./.exec(pattern)?.[0]
  if (unlike !== undefined) return `has the escape ${unlike}, which is not the same in every language`
  const plain = pattern.replaceAll(/\\x..|\\./g, '_')
  const inside = [...plain.matchAll(/\[\^?([^\]]*)\]/g)].map(([, members = '']) => members)
  if (inside.some((members) => members === '')) return 'has an empty class'
  if (inside.some((members) => /\[|&&|--|~~|\|\|/.test(members))) return 'has a class that some languages read as two'
  const bare = plain.replaceAll(/\[[^\]]*\]/g, '_')
  if (/\(\?(?!:)/.test(bare)) return 'has a group that is neither plain nor (?:…)'
  if (/[{}\]]/.test(bare.replaceAll(/\{\d+(?:,\d*)?\}/g, '')))
    return 'has a bracket that some languages take for another one'
  if (/[*+?}][+]/.test(bare)) return 'has a quantifier that some languages do not know'
  return mostRepetitions(bare) > repetitionLimit ? `repeats more than ${repetitionLimit} times` : undefined
}

const repetitionLimit = 1000

const compiles = (pattern: string): boolean => {
  try {
    new RegExp(pattern)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** The largest count of repetitions, those of groups multiplied by those in them; `bare` holds no class and no escape. */
const mostRepetitions = (bare: string): number => {
  const groups = [1]
  let most = 1
  for (let index = 0; index < bare.length; index++) {
    if (bare[index] === '(') groups.push(1)
    const inner = bare[index] === ')' && groups.length > 1 ? (groups.pop() ?? 1) : 1
    const [, least = '1', , upper = ''] = /^\{(\d+)(,?)(\d*)\}/.exec(bare.slice(index + 1)) ?? []
    const count = inner * Math.max(Number(least), Number(upper), 1)
    most = Math.max(most, count)
    groups[groups.length - 1] = Math.max(groups.at(-1) ?? 1, count)
  }
  return most
}
