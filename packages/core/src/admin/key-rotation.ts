import type { Domain } from '../domain/domain.ts'
import { type KeyRetention, KeyRing } from '../keys/key-ring.ts'
import { makeKeySet } from '../keys/key-set.ts'
import type { MasterKey } from '../keys/sealing.ts'
import type { AuditEvent } from '../model/audit-event.ts'
import { auditEvent } from '../model/audit-event.ts'
import { AuthError } from '../model/errors.ts'
import type { RequestContext } from '../model/request-context.ts'
import type { KeyAddition, SigningAlgorithm, StoredKeySet } from '../ports/store/keys.ts'

/** How long verifiers may cache the published keys (`Cache-Control` of the JWKS). */
export const keysCacheSeconds = 300
/**
 * How long a new set is published before it is used: the cache time, and a minute for servers that have yet to hear of it.
 */
export const publishBeforeUseSeconds = keysCacheSeconds + 60

/** No number is left for another key set. The message says what to do. */
export class KeyNumbersError extends Error {
  constructor() {
    super(
      'all 255 key numbers are in use: a set keeps its number for as long as anything made under it may live; ' +
        'revoke the oldest ("countersign keys list", "countersign keys revoke KID"), and rotate every second day at most',
    )
    this.name = 'KeyNumbersError'
  }
}

export type KeyRotationDeps = Pick<Domain, 'store' | 'clock' | 'random'> & {
  readonly masterKey: MasterKey
  readonly retention: KeyRetention
}

/**
 * Makes the next key set. It is published at once and used 6 minutes later; its predecessor verifies on for as long as
 * anything made under it may live: no token fails because keys were rotated (N-096). The first set is used at once.
 *
 * Dead sets are removed on the way, since their numbers (1–255) come up again. A revoked set is removed earlier only where
 * no number is free.
 *
 * @throws AuthError `unavailable` if somebody else rotated in the same moment. KeyNumbersError.
 */
export async function rotateKeys(
  deps: KeyRotationDeps,
  algorithm: SigningAlgorithm,
  circumstances: RequestContext,
): Promise<StoredKeySet> {
  const { addition, audit } = await nextKeySet(deps, algorithm, publishBeforeUseSeconds, circumstances)
  if ((await deps.store.keys.add(addition, audit)) === 'conflict') throw somebodyElseRotated()
  return addition.set
}

const somebodyElseRotated = () => new AuthError('unavailable', { retryAfterSeconds: 1 })

async function nextKeySet(
  deps: KeyRotationDeps,
  algorithm: SigningAlgorithm,
  delaySeconds: number,
  circumstances: RequestContext,
): Promise<{ readonly addition: KeyAddition; readonly audit: AuditEvent }> {
  const { store, clock } = deps
  const stored = await store.keys.list()
  const dead = KeyRing.open(stored, deps.masterKey, deps.retention).dead(clock.latest())
  const kept = stored.filter((set) => !dead.includes(set.number))
  const number = nextNumber(kept)
  const now = clock.now()
  const set = makeKeySet(
    {
      number,
      algorithm,
      createdAt: now,
      // Without an heir nothing signs meanwhile: then there is nothing to wait for. Otherwise by the clock that ends
      // things, or a clock stepped back would end at once what its predecessor signed.
      activatesAt: delaySeconds > 0 && kept.some(isHeir) ? clock.latest() + delaySeconds : now,
    },
    deps.masterKey,
    deps.random,
  )
  const audit = auditEvent(
    { action: 'keys_rotated', detail: { number: set.number, kid: set.kid } },
    circumstances,
    deps,
  )
  const removing = kept.some((set) => set.number === number) ? [...dead, number] : dead
  return { addition: { set, after: stored.at(-1)?.number, removing }, audit }
}

/**
 * Revokes a set at once: nothing made under it is accepted from then on (N-097). Makes its successor first, to be used
 * at once, if no other set would be left to sign.
 *
 * @throws AuthError `not_found` for an unknown or revoked one; and what `rotateKeys` throws.
 */
export async function revokeKeys(deps: KeyRotationDeps, kid: string, circumstances: RequestContext): Promise<void> {
  const { store, clock } = deps
  const sets = await store.keys.list()
  const revoked = sets.find((set) => set.kid === kid && set.revokedAt === undefined)
  if (!revoked) throw new AuthError('not_found')
  const isLast = !sets.some((set) => set !== revoked && isHeir(set))
  const successor = isLast ? await nextKeySet(deps, revoked.algorithm, 0, circumstances) : undefined
  const event = auditEvent({ action: 'key_revoked', detail: { kid } }, circumstances, deps)
  const outcome = await store.keys.revoke(kid, clock.now(), event, successor)
  if (outcome === 'conflict') throw somebodyElseRotated()
}

/**
 * Revokes every set at once, in one commit with their successor: whatever was made under any of them is refused from then on.
 * For a leaked database and master key, or a restored backup.
 *
 * @returns The kids that were revoked, oldest first, and the set that signs now.
 * @throws AuthError `unavailable` if somebody else rotated in the same moment.
 */
export async function revokeAllKeys(
  deps: KeyRotationDeps,
  circumstances: RequestContext,
): Promise<{ readonly revoked: readonly string[]; readonly successor: StoredKeySet }> {
  const { store, clock } = deps
  const live = (await store.keys.list()).filter((set) => set.revokedAt === undefined)
  const successor = await nextKeySet(deps, live.at(-1)?.algorithm ?? 'ES256', 0, circumstances)
  const revoked = live.map(({ kid }) => kid)
  const events = revoked.map((kid) => auditEvent({ action: 'key_revoked', detail: { kid } }, circumstances, deps))
  if ((await store.keys.revokeAll(revoked, clock.now(), events, successor)) === 'conflict') throw somebodyElseRotated()
  return { revoked, successor: successor.addition.set }
}

/** Whether a set signs, now or soon, with no successor after it. A superseded one never signs again. */
const isHeir = (set: StoredKeySet): boolean => set.revokedAt === undefined && set.supersededAt === undefined

/** The next free number; where none is, that of the set that was revoked first: nothing under it is accepted anyway. */
function nextNumber(kept: readonly StoredKeySet[]): number {
  const taken = new Set(kept.map((set) => set.number))
  const last = kept.at(-1)?.number ?? 0
  for (let step = 1; step <= 255; step++) {
    const candidate = ((last + step - 1) % 255) + 1
    if (!taken.has(candidate)) return candidate
  }
  const [revokedFirst] = kept
    .flatMap(({ number, revokedAt }) => (revokedAt === undefined ? [] : [{ number, revokedAt }]))
    .sort((a, b) => a.revokedAt - b.revokedAt)
  if (!revokedFirst) throw new KeyNumbersError()
  return revokedFirst.number
}
