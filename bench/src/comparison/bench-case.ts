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

export const caseNames = [
  'introspect-opaque',
  'introspect-jwt',
  'issue-opaque',
  'issue-jwt',
  'refresh',
  'login',
] as const

export type CaseName = (typeof caseNames)[number]

/** `introspect` selects both of its kind; the full name selects one. */
export const isSelected = (name: CaseName, only: readonly string[]): boolean =>
  only.length === 0 || only.some((word) => name === word || name.startsWith(`${word}-`))
