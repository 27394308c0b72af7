import { createPublicKey, verify as verifySignature } from 'node:crypto'
import { createVerifier, type Verifier } from '@countersign/verifier'
import { createVerifier as createFastVerifier } from 'fast-jwt'
import { jwtVerify } from 'jose'
import { type Algorithm, answersOf, createIssuer, type Issuer, issuer, resource } from './issuer.ts'

/** One way to verify a token. */
export interface Side {
  readonly name: string
  readonly does: string
  /** Throws, or resolves with `false`, if the token is refused. */
  readonly verify: (serial: number) => unknown
  readonly warmUp: number
}

export interface Group extends Disposable {
  readonly name: string
  /** What the others are divided by, if it is a side. */
  readonly baseline?: string
  readonly sides: readonly Side[]
}

/** More than the verifier remembers: when a token comes again, it is forgotten. */
const distinctTokens = 1000
const cacheSize = distinctTokens / 2
const warmUp = 3000

const verifierOf = async (of: Issuer, size: number): Promise<Verifier> => {
  const client = { id: 'bench', secret: 'bench' }
  const verifier = createVerifier({ issuer, resource, client, cacheSize: size, fetch: answersOf(of) })
  await verifier.ready()
  if (verifier.status().isSilent) throw new Error('the feed of the benchmark is silent')
  return verifier
}

const fastVerifierOf = (of: Issuer, cache: boolean) =>
  createFastVerifier({
    key: of.publicPem,
    algorithms: [of.algorithm],
    allowedIss: issuer,
    allowedAud: resource,
    checkTyp: 'at+jwt',
    cache,
  })

/** Tokens that are seen for the first time: the signature, `typ`, `iss`, `aud` and `exp` are checked. */
export async function uncached(algorithm: Algorithm): Promise<Group> {
  const of = await createIssuer(algorithm, distinctTokens)
  const token = (serial: number): string => of.tokens[serial % distinctTokens] as string
  const parts = of.tokens.map((text) => {
    const end = text.lastIndexOf('.')
    return {
      signed: new TextEncoder().encode(text.slice(0, end)),
      signature: new Uint8Array(Buffer.from(text.slice(end + 1), 'base64url')),
    }
  })
  const part = (serial: number) => parts[serial % distinctTokens] as (typeof parts)[number]
  const webAlgorithm = algorithm === 'ES256' ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'Ed25519' }
  const nodeKey = { key: createPublicKey(of.publicPem), dsaEncoding: 'ieee-p1363' } as const
  const nodeHash = algorithm === 'ES256' ? 'sha256' : null
  const verifier = await verifierOf(of, cacheSize)
  const fast = fastVerifierOf(of, false)
  const terms = { issuer, audience: resource, typ: 'at+jwt', algorithms: [algorithm] }
  const side = (name: string, does: string, verify: Side['verify']): Side => ({ name, does, verify, warmUp })
  return {
    name: `uncached ${algorithm}`,
    baseline: 'subtle.verify',
    sides: [
      side('@countersign/verifier', 'the same, role, scope and times, and what is revoked', (serial) =>
        verifier.verify(token(serial)),
      ),
      side('jose', 'jwtVerify: signature, typ, iss, aud, exp', (serial) =>
        jwtVerify(token(serial), of.publicKey, terms),
      ),
      side('fast-jwt', 'the same, in the calling thread', (serial) => fast(token(serial))),
      side('subtle.verify', 'the signature alone', (serial) => {
        const { signed, signature } = part(serial)
        return crypto.subtle.verify(webAlgorithm, of.publicKey, signature, signed)
      }),
      side('node:crypto.verify', 'the signature alone, in the calling thread', (serial) => {
        const { signed, signature } = part(serial)
        return verifySignature(nodeHash, signed, nodeKey, signature)
      }),
    ],
    [Symbol.dispose]: () => verifier.close(),
  }
}

/** Tokens that were verified before. jose remembers none. */
export async function cached(): Promise<Group> {
  const distinct = 100
  const of = await createIssuer('ES256', distinct)
  const token = (serial: number): string => of.tokens[serial % distinct] as string
  const verifier = await verifierOf(of, 10_000)
  const fast = fastVerifierOf(of, true)
  return {
    name: 'cached',
    sides: [
      {
        name: '@countersign/verifier',
        does: 'compares age, expiry and revocations',
        verify: (serial) => verifier.verify(token(serial)),
        warmUp: 1_000_000,
      },
      {
        name: 'fast-jwt',
        does: 'hashes the token, compares expiry',
        verify: (serial) => fast(token(serial)),
        warmUp: 50_000,
      },
    ],
    [Symbol.dispose]: () => verifier.close(),
  }
}
