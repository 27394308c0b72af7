import { isRecord } from '../transport/http.ts'

/** What ended: one token, what it belongs to, its subject, its client, the key that signed it, or the API. */
export type RevocationKind = 'token' | 'authorization' | 'subject' | 'client' | 'api' | 'key'

/** One entry of the issuer's feed. */
export interface Revocation {
  readonly sequence: number
  readonly kind: RevocationKind
  readonly id: string
  /** Epoch seconds: tokens issued until then are concerned. */
  readonly before: number
  /** Epoch seconds: no token that is concerned lives longer. */
  readonly until: number
}

const kinds: readonly unknown[] = [
  'token',
  'authorization',
  'subject',
  'client',
  'api',
  'key',
] satisfies RevocationKind[]

export const isPosition = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** `undefined` if it is not an entry. An unknown kind is an error too: what it ends would go on. */
export function readRevocation(value: unknown): Revocation | undefined {
  if (!isRecord(value)) return undefined
  const { sequence, kind, id, before, until } = value
  if (!isPosition(sequence) || !kinds.includes(kind) || !isPosition(before) || !isPosition(until)) return undefined
  if (typeof id !== 'string' || id.length === 0 || id.length > 512) return undefined
  return { sequence, kind: kind as RevocationKind, id, before, until }
}
