// The counters that one guess is counted in, by name, and their keys.
import type { Counter } from '../ports/store/counters.ts'
import { digestText } from '../tokens/digest.ts'
import { addressPrefix, widerPrefixes } from './address-prefix.ts'

/**
 * - `account`: the account, guessed at by unknown callers;
 * - `known`: the account as seen from this address prefix;
 * - `address`, `site`, `network`: the address prefix, and its IPv6 /56 and /48;
 * - `codes`, `knownCodes`: the account's wrong codes without a password, of unknown callers and from this address prefix.
 */
export type CounterName = 'account' | 'known' | 'address' | 'site' | 'network' | 'codes' | 'knownCodes'

/** Keys are digests: users type passwords where names belong (N-207). */
export type CounterKeys = { readonly [K in CounterName]?: string }
/** Those of a guess at a user's secret. */
export type GuessKeys = CounterKeys & { readonly account: string; readonly known: string }
export type NamedCounters = { readonly [K in CounterName]?: Counter | undefined }
export type NamedChanges = { readonly [K in CounterName]?: Counter | null | undefined }

/** The counter of an account, e.g. `user:alice`: shared by every path on which its secrets can be guessed (N-007). */
export const accountKey = (account: string): string => digestText('account', account)

/** The counter of an account's wrong codes without a password. */
export const codesKey = (account: string): string => digestText('codes', account)

/**
 * The counter of a user's wrong codes beside a right password, of unknown callers or from a known address.
 *
 * @param known `RequestContext.known`. Default is unknown callers.
 */
export const besideKey = (userId: string, known?: string): string =>
  digestText('codes beside a password', userId, ...(known === undefined ? [] : [known]))

/** The counters of an account as seen from an address. */
export const keysFromAddress = (account: string, address: string | undefined) => {
  const prefix = addressPrefix(address)
  return { known: digestText('known', account, prefix), knownCodes: digestText('codes', account, prefix) }
}

/** The counters of an address: one, or three of an IPv6 address. */
const addressKeys = (address: string | undefined): CounterKeys => {
  const own = { address: digestText('address', addressPrefix(address)) }
  const wider = widerPrefixes(address)
  if (!wider) return own
  return { ...own, site: digestText('address', wider.site), network: digestText('address', wider.network) }
}

/** The counters of a guess at a user's secret. */
export function guessKeys(account: string, address: string | undefined, codeAlone: boolean): GuessKeys {
  const { known, knownCodes } = keysFromAddress(account, address)
  return {
    account: accountKey(account),
    known,
    ...addressKeys(address),
    ...(codeAlone ? { codes: codesKey(account), knownCodes } : {}),
  }
}

/** The counters of a guess at a random secret: none that another address could fill. */
export const longSecretKeys = (account: string, address: string | undefined): CounterKeys => ({
  known: keysFromAddress(account, address).known,
  ...addressKeys(address),
})

/** Keys, and the same as a list. */
export interface ListedKeys {
  readonly keys: CounterKeys
  readonly list: readonly string[]
}

const mostRemembered = 1024
const longestRemembered = 64

/** `longSecretKeys` of those who come again and again: the digests cost more than the rest of a check. */
export class LongSecretKeys {
  readonly #known = new Map<string, ListedKeys>()

  of(account: string, address: string | undefined): ListedKeys {
    // No address has a line break.
    const caller = `${address ?? ''}\n${account}`
    const known = this.#known.get(caller)
    if (known) return known
    const keys = longSecretKeys(account, address)
    const listed = { keys, list: Object.values(keys) }
    if (caller.length > longestRemembered) return listed
    if (this.#known.size >= mostRemembered) this.#known.clear()
    this.#known.set(caller, listed)
    return listed
  }
}
