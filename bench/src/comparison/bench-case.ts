import type { Script } from '../load/script.ts'

/** The work that an operation is compared with. */
export interface Baseline {
  /** Printed beside the ratio. */
  readonly does: string
  readonly script: Script
}

/** One operation of the server and its baselines. */
export interface BenchCase {
  /** The value of `--only`. */
  readonly name: string
  readonly ours: Script
  /** The number of answers after which the code is compiled and caches are filled. */
  readonly warmUpAnswers: number
  /** The first is the floor. Others do more, and are printed on lines of their own. */
  readonly floors: readonly Baseline[]
}

/** What is compared without flags: it takes less than ten minutes. */
export const usualCaseNames = [
  'introspect-opaque',
  'introspect-jwt',
  'issue-opaque',
  'issue-jwt',
  'refresh',
  'login',
] as const

export const caseNames = [
  ...usualCaseNames,
  'revoke',
  'me',
  'forward-auth',
  'cikit-refresh',
  'efa-validate',
  'efa-refresh',
  'insight-list',
  'lyve-issue',
  'lyve-remaining',
  'manifold-refresh',
] as const

export type CaseName = (typeof caseNames)[number]

/** Names that select several cases. */
export const caseGroups: Readonly<Record<string, readonly CaseName[]>> = {
  usual: usualCaseNames,
  introspect: ['introspect-opaque', 'introspect-jwt'],
  issue: ['issue-opaque', 'issue-jwt'],
  dialects: caseNames.filter((name) => /^(cikit|efa|insight|lyve|manifold)-/.test(name)),
}

/** The cases that these words name, in the usual order. */
export const selectedCases = (words: readonly string[]): readonly CaseName[] =>
  caseNames.filter((name) => words.some((word) => word === name || caseGroups[word]?.includes(name)))

export const namesCases = (word: string): boolean => selectedCases([word]).length > 0
