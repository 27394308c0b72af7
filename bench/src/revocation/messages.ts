/** What a verifier's process is told: to verify this token until it is refused. */
export interface VerifierOrder {
  readonly token: string
}

export type VerifierReply =
  | { readonly kind: 'ready' | 'watching' }
  /** `at`: the system's monotonic clock, in nanoseconds, which all processes share. */
  | { readonly kind: 'refused'; readonly at: bigint }
  | { readonly kind: 'failed'; readonly message: string }
