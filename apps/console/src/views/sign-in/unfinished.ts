import type { Credentials, Step } from '../../state/sign-in.ts'

/** A login that is not complete, and what was presented for it. */
export interface Unfinished {
  readonly step: Step
  readonly credentials: Credentials
}
