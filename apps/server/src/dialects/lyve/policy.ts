/** The settings of this dialect, read once. */
export interface LyveOptions {
  readonly lifetimeSeconds: number
  readonly expirationSecAs: 'number' | 'string'
}
