import type { Store } from '@countersign/core'
import type { AllowedOrigins } from '../pipeline/cross-origin.ts'

/**
 * The origins of the issuer are those of the configuration. Each registered API has its own.
 *
 * @param own `--allowed-origins`.
 */
export const allowedOriginsOf = (
  { domain, store }: { readonly domain: { readonly issuer: string }; readonly store: Pick<Store, 'apis'> },
  own: readonly string[],
): AllowedOrigins => ({
  union: async () => [...own, ...(await store.apis.listOrigins())],
  of: async (audience = domain.issuer) =>
    audience === domain.issuer ? own : ((await store.apis.findByIdentifier(audience))?.allowedOrigins ?? []),
})
