// Counts what is asked of node:crypto: the work of an answer that no statistics of ours would tell.
import { createRequire, syncBuiltinESMExports } from 'node:module'

type Functions = Record<string, (...given: never[]) => unknown>

/** What is counted: each takes time, and none of it is done for nothing. */
const counted = [
  'createHmac',
  'createDecipheriv',
  'createCipheriv',
  'hash',
  'sign',
  'verify',
  'timingSafeEqual',
] as const
export type CountedFunction = (typeof counted)[number]

export interface CryptoTap extends Disposable {
  /** How often each was called since the last `clear`. */
  readonly calls: Readonly<Record<CountedFunction, number>>
  clear(): void
}

/** From now on, for all code in this process, until it is disposed of. */
export function tapCrypto(): CryptoTap {
  const crypto = createRequire(import.meta.url)('node:crypto') as Functions
  const calls = Object.fromEntries(counted.map((name) => [name, 0])) as Record<CountedFunction, number>
  const originals = counted.map((name) => [name, crypto[name]] as const)
  for (const [name, original] of originals) {
    crypto[name] = (...given) => {
      calls[name]++
      return Reflect.apply(original as () => unknown, crypto, given)
    }
  }
  syncBuiltinESMExports()
  return {
    calls,
    clear: () => {
      for (const name of counted) calls[name] = 0
    },
    [Symbol.dispose]: () => {
      Object.assign(crypto, Object.fromEntries(originals))
      syncBuiltinESMExports()
    },
  }
}
