import type { Credentials, IncompleteLogin } from '../../state/sign-in.ts'

/** A login that is not complete, and what was presented for it. */
export interface Unfinished {
  readonly login: IncompleteLogin
  readonly credentials: Credentials
}
