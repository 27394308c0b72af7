// What a fixture hands out: credentials that were valid when its data folder was left. Members that its version did not have yet
// are missing.

export interface Handed {
  readonly access_token: string
  readonly refresh_token: string
}

export interface SchemaFixture {
  /** Base64. */
  readonly masterKey: string
  readonly password: string
  /** Epoch seconds. */
  readonly madeAt: number
  readonly users: Readonly<Record<'ada' | 'vera', Handed> & Partial<Record<'gone', Handed>>>
  /** A session that was refreshed, with the token that was used for it. */
  readonly refreshed?: Handed & { readonly used: string }
  /** A session that was logged out. */
  readonly ended: Handed
  readonly personal?: { readonly token: string }
  /** Of the user `tom`. Base32, and recovery codes that were not used. */
  readonly totp?: { readonly secret: string; readonly recoveryCodes: readonly string[] }
  readonly clients: Readonly<
    Record<string, { readonly client_id: string; readonly client_secret: string; readonly token: string }>
  >
  readonly manifold?: { readonly token: string; readonly refresh_token: string }
}
