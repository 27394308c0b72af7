import { openTokens } from './open-tokens.ts'
import type { Tokens, TokensOptions } from './tokens.ts'

/**
 * Creates tokens for APIs of your own.
 *
 * @param options The issuer, the source, and the APIs that the tokens are for.
 * @throws TypeError If `issuer` or an origin is invalid or insecure, a resource is not an absolute URI (RFC 8707 §2), or
 *   the source has no tokens for a resource.
 * @example
 * ```ts
 * import { createTokens, passwordSession } from '@countersign/client'
 *
 * const tokens = createTokens({
 *   issuer: 'https://auth.example',
 *   auth: passwordSession({ username: 'ada', password: 'correct horse battery' }),
 *   resource: 'https://orders.example',
 * })
 * const orders = await tokens.fetch('https://orders.example/orders')
 * ```
 */
export function createTokens(options: TokensOptions): Tokens {
  return openTokens({ ...options, revokes: true })
}
