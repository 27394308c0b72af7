import type { VerifierOptions, VerifierStatus } from '@countersign/verifier'

export type Silence = NonNullable<VerifierOptions['whenSilent']>

export interface Question {
  readonly number: number
  /** Absent: the status is asked for. */
  readonly token?: string
}

export interface Reply {
  readonly number: number
  /** `accepted`, or the code of the refusal. */
  readonly outcome: string
  readonly status?: Omit<VerifierStatus, 'fault'>
}
