// A stored record as this process sees it: its times are placed on the monotonic clock of this process.
import type { AuthorizationServer } from '../transport/authorization-server.ts'
import { type HeldToken, heldSince } from './freshness.ts'
import type { SessionRecord, StoredToken } from './record.ts'
import type { TokenSet } from './token-set.ts'
import type { Target } from './token-source.ts'

export interface Seen {
  readonly record: SessionRecord
  /** When the record's refresh token was issued, by `Clock.elapsedSeconds`. */
  readonly issuedAt: number
  /** By {@link keyOf} the target. */
  readonly tokens: ReadonlyMap<string, HeldToken>
}

/** More tokens than a session has APIs; it bounds the size of a record. */
const maxOthers = 15

/** A URI contains no space, so keys of different targets differ. */
export function keyOf({ resource = '', scope = '' }: Target): string {
  return `${resource} ${scope}`
}

/**
 * Places a stored record on the monotonic clock.
 *
 * @param held What was known before: its times are exact, because they do not depend on the wall clock.
 */
export function seenRecord(record: SessionRecord, held: Seen | undefined, server: AuthorizationServer): Seen {
  const { clock, random } = server
  const now = clock.elapsedSeconds()
  // If the clock was set back since, the record counts as new.
  const ageSeconds = Math.max(0, clock.epochSeconds() - record.issuedAt)
  const tokens = new Map<string, HeldToken>()
  for (const stored of tokensOf(record)) {
    const known = held?.tokens.get(keyOf(stored))
    const leftSeconds = stored.expiresAt - record.issuedAt - ageSeconds
    const placed = heldSince(now, stored.accessToken, leftSeconds, random)
    tokens.set(keyOf(stored), known?.accessToken === stored.accessToken ? known : placed)
  }
  const isHeld = held?.record.retryKey === record.retryKey
  return { record, issuedAt: isHeld ? held.issuedAt : now - ageSeconds, tokens }
}

/**
 * The record with a received access token, in place of an older one for the same target.
 *
 * @param retained The record whose other access tokens are kept, while they are valid.
 */
export function withToken(
  record: Omit<SessionRecord, keyof StoredToken>,
  retained: Seen | undefined,
  target: Target,
  { accessToken, lifetimeSeconds, sentAt }: TokenSet,
  { clock, random }: AuthorizationServer,
): Pick<Seen, 'record' | 'tokens'> {
  const key = keyOf(target)
  const held = heldSince(sentAt, accessToken, lifetimeSeconds, random)
  const epoch = clock.epochSeconds()
  const received = { ...target, accessToken, expiresAt: epoch - clock.elapsedSeconds() + held.expiresAt }
  const old = retained ? tokensOf(retained.record) : []
  const kept = old.filter((token) => keyOf(token) !== key && token.expiresAt > epoch)
  // Version 0.1.0 reads only the first one, as the server's own.
  const first = [received, ...kept].find((token) => keyOf(token) === keyOf({})) ?? received
  const others = [received, ...kept].filter((token) => token !== first).slice(0, maxOthers)
  return {
    record: { ...record, ...first, others },
    tokens: new Map([...(retained?.tokens ?? []), [key, held]]),
  }
}

/** The access tokens of a record, without its other members. */
function tokensOf(record: SessionRecord): StoredToken[] {
  return [record, ...(record.others ?? [])].map(({ resource, scope, accessToken, expiresAt }) => {
    return { resource, scope, accessToken, expiresAt }
  })
}
