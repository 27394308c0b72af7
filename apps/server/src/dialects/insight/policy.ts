/** The terms of tokens that are made over this wire: they live until they are revoked. */
export const insightTokenRequest = { dialect: 'insight', lifetimeSeconds: 'unlimited' } as const

/** The terms of a login's token (README, D11): told apart from what was made by its client, so that the last ones are kept. */
export const insightLoginRequest = { ...insightTokenRequest, clientId: 'insight-login', kept: 100 } as const

/** The settings of this dialect, read once. */
export interface InsightOptions {
  readonly loginMaxAgeSeconds: number
}
