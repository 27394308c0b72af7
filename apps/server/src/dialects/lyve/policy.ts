/** Settings of this dialect, parsed once. */
export interface LyveOptions {
  readonly lifetimeSeconds: number
  readonly expirationSecAs: 'number' | 'string'
}
