import { type CryptoKey, importJWK, type JWK } from 'jose'
import { isRecord, type Transport } from '../transport/http.ts'
import { restingFlight } from '../transport/single-flight.ts'
import type { Endpoints } from './metadata.ts'

/** A key that verifies signatures, and the one algorithm that it is for. */
export interface VerificationKey {
  readonly alg: string
  readonly key: CryptoKey
}

/** An age at which the keys are fetched again, beside an unknown `kid`. */
const freshSeconds = 300
/** The least time between two fetches. Otherwise each made-up `kid` would cause a request. */
const coolDownSeconds = 5
const mostKeys = 64

export interface Keys {
  /**
   * The key of this `kid`; `undefined` if the issuer does not publish it.
   *
   * @throws TransportFault if no keys were ever fetched, and the issuer does not respond.
   */
  find(kid: string): Promise<VerificationKey | undefined>
}

/**
 * The issuer's keys (RFC 7517 §5). They are fetched once for all callers, again once for an unknown `kid`, and used on
 * while the issuer is away.
 */
export function issuerKeys(endpoints: () => Promise<Endpoints>, transport: Transport): Keys {
  const { clock } = transport
  let known: ReadonlyMap<string, VerificationKey> | undefined
  let attemptedAt = Number.NEGATIVE_INFINITY
  let fetchedAt = Number.NEGATIVE_INFINITY
  const fetchOnce = restingFlight(clock, async () => {
    attemptedAt = clock.elapsedSeconds()
    const { keys } = await transport.json((await endpoints()).jwks)
    known = await imported(Array.isArray(keys) ? keys : [])
    fetchedAt = clock.elapsedSeconds()
  })
  const isCool = () => clock.elapsedSeconds() - attemptedAt >= coolDownSeconds
  return {
    async find(kid) {
      if (!known) await fetchOnce()
      let found = known?.get(kid)
      if (isCool() && (!found || clock.elapsedSeconds() - fetchedAt > freshSeconds)) {
        const fetching = fetchOnce().catch(() => {
          // The keys that are known are used on while the issuer is away; an unknown `kid` stays unknown.
        })
        if (!found) {
          await fetching
          found = known?.get(kid)
        }
      }
      return found
    },
  }
}

async function imported(keys: readonly unknown[]): Promise<ReadonlyMap<string, VerificationKey>> {
  const found = new Map<string, VerificationKey>()
  for (const jwk of keys.slice(0, mostKeys)) {
    if (!isRecord(jwk)) continue
    const { kty, crv, x, y, kid, alg, use = 'sig' } = jwk
    // RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2.
    const isKnown =
      (kty === 'EC' && crv === 'P-256' && alg === 'ES256') ||
      (kty === 'OKP' && crv === 'Ed25519' && (alg === 'EdDSA' || alg === 'Ed25519'))
    if (!isKnown || use !== 'sig' || typeof kid !== 'string' || found.has(kid)) continue
    // Only the public members: a document that contains others does not make them known here.
    const key = await importJWK({ kty, crv, x, y } as JWK, alg).catch(() => {
      // A point that is not on the curve: nothing is verified with it, and the others are used on.
    })
    if (key) found.set(kid, { alg, key: key as CryptoKey })
  }
  return found
}
