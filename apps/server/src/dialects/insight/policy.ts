/** Terms of tokens created over this wire: they live until they are revoked. */
export const insightTokenRequest = { dialect: 'insight', lifetimeSeconds: 'unlimited' } as const

/**
 * Terms of a login's token. Its own client id separates it from created tokens, so that only the most recent logins are
 * kept (insight-D11).
 */
export const insightLoginRequest = { ...insightTokenRequest, clientId: 'insight-login', kept: 100 } as const

/** Settings of this dialect, parsed once. */
export interface InsightOptions {
  readonly loginMaxAgeSeconds: number
}
