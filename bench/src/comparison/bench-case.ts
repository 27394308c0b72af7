import type { Script } from '../load/script.ts'

/** What a floor does: in words, since a ratio means nothing without them. */
export interface Yardstick {
  readonly does: string
  readonly script: Script
}

/** One operation of ours and what it is held against. */
export interface BenchCase {
  /** As `--only` takes it. */
  readonly name: string
  readonly ours: Script
  /** After so many nothing is slow any more because it is new. */
  readonly warmUpAnswers: number
  /** The first is the floor proper; others stand on lines of their own. */
  readonly floors: readonly Yardstick[]
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
