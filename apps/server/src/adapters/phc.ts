/** Parameters of one Argon2id hash. */
export interface Argon2Cost {
  readonly memoryKib: number
  readonly passes: number
  readonly parallelism: number
}

export interface StoredHash extends Argon2Cost {
  readonly salt: Buffer
  readonly tag: Buffer
}

const shape =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,9}),t=([1-9]\d{0,3}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** Upper bounds for a stored hash. Otherwise an attacker who can write one row could exhaust the memory (N-028). */
const bounds: Argon2Cost = { memoryKib: 262_144, passes: 16, parallelism: 4 }

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '')

/** Formats a hash as a PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`. */
export const writeHash = ({ memoryKib, passes, parallelism, salt, tag }: StoredHash): string =>
  `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`

/** Parses a PHC string. Returns `undefined` for any other text and for costs above the bounds. */
export function readHash(text: string): StoredHash | undefined {
  const [, memory, passes, parallelism, salt, tag] = shape.exec(text) ?? []
  if (salt === undefined || tag === undefined) return undefined
  const cost = { memoryKib: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  const bounded =
    cost.memoryKib <= bounds.memoryKib && cost.passes <= bounds.passes && cost.parallelism <= bounds.parallelism
  // Argon2 needs at least 8 KiB per lane (RFC 9106 §3.1).
  if (!bounded || cost.memoryKib < 8 * cost.parallelism) return undefined
  return { ...cost, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') }
}
