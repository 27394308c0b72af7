import type { Domain } from '../domain/domain.ts'
import { conditionOn, type ProvenUser, written } from '../domain/proof.ts'
import { KeyRing } from '../keys/key-ring.ts'
import { isRotationDue, type KeySchedule, mostScheduledSets, tolerableLeadSeconds } from '../keys/key-schedule.ts'
import { makeKeySet } from '../keys/key-set.ts'
import type { AuditEvent } from '../model/audit-event.ts'
import { auditEvent } from '../model/audit-event.ts'
import { type Caller, localCaller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import type { WriteCondition } from '../ports/store/condition.ts'
import type { KeyAddition, SigningAlgorithm, StoredKeySet } from '../ports/store/keys.ts'

/** How long verifiers may cache the published keys (`Cache-Control` of the JWKS). */
export const keysCacheSeconds = 300
/** How long a new set is published before it is used: the cache time, and a minute until other servers have read it. */
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

export type KeyRotationDeps = Pick<Domain, 'store' | 'clock' | 'random' | 'masterKey' | 'retention'>

/** A set that is to be added, with its event. */
interface Successor {
  readonly addition: KeyAddition
  readonly audit: AuditEvent
}

/** The issuer's key sets: created, rotated, revoked. */
export class KeyRotation {
  readonly #deps: KeyRotationDeps

  constructor(deps: KeyRotationDeps) {
    this.#deps = deps
  }

  /**
   * Creates the first key set of an empty store; it is used at once. No rotation: of two processes that do it at once, one adds
   * its set and the other adds none.
   */
  async initialize(algorithm: SigningAlgorithm, by: Caller): Promise<void> {
    const now = this.#deps.clock.now()
    const { masterKey, random } = this.#deps
    const set = makeKeySet({ number: 1, algorithm, createdAt: now, activatesAt: now }, masterKey, random)
    await this.#deps.store.keys.add({ set, after: undefined, removing: [] }, this.#added(set, by))
  }

  /**
   * Creates the next key set. It is published at once and used 6 minutes later. Its predecessor verifies for as long as anything
   * made under it may live, so that no token fails because of a rotation (N-096). The first set is used at once.
   *
   * Dead sets are removed, since their numbers (1–255) are used again. A revoked set is removed earlier only where no number is
   * free.
   *
   * @param proof The owner's proof, from `StepUp`. Default: none, for the command line.
   * @throws AuthError `unavailable` if another process rotated at the same time. KeyNumbersError.
   */
  async rotate(algorithm: SigningAlgorithm, by: Caller, proof?: ProvenUser): Promise<StoredKeySet> {
    const { addition, audit } = await this.#next(algorithm, publishBeforeUseSeconds, by)
    const outcome = written(await this.#deps.store.keys.add(addition, audit, this.#on(by, proof)))
    if (outcome === 'conflict') throw rotatedMeanwhile()
    return addition.set
  }

  /**
   * Rotates if the schedule says so. Of several processes that find the same set due, one makes its successor, since an addition
   * names the set that it follows.
   *
   * @param now `confirmedAt`: the time that the monotonic clock confirms.
   * @returns The set that was made; or why none was, although one is due: the wall clock is far ahead of the confirmed time, or too
   * many sets are kept.
   */
  async rotateIfDue(
    { algorithm, ...schedule }: KeySchedule & { readonly algorithm: SigningAlgorithm },
    { confirmedAt }: { readonly confirmedAt: number },
  ): Promise<StoredKeySet | 'not_due' | 'clock_ahead' | 'too_many_sets'> {
    const { store, clock, masterKey, retention } = this.#deps
    const stored = await store.keys.list()
    if (!isRotationDue(stored, schedule, confirmedAt)) return 'not_due'
    if (clock.latest() - confirmedAt > tolerableLeadSeconds) return 'clock_ahead'
    const dead = KeyRing.open(stored, masterKey, retention).dead(clock.latest())
    if (stored.length - dead.length >= mostScheduledSets) return 'too_many_sets'
    const { addition, audit } = this.#after(stored, algorithm, publishBeforeUseSeconds, localCaller)
    const event = { ...audit, detail: { ...audit.detail, scheduled: true } }
    // Another process was first: it is done.
    return (await store.keys.add(addition, event)) === 'conflict' ? 'not_due' : addition.set
  }

  /**
   * Revokes a set at once: nothing made under it is accepted from then on (N-097). If no other set would be left to sign, its
   * successor is created first, and used at once.
   *
   * @throws AuthError `not_found` for an unknown or revoked one; and what `rotate` throws.
   */
  async revoke(kid: string, by: Caller, proof?: ProvenUser): Promise<void> {
    const { store, clock } = this.#deps
    const sets = await store.keys.list()
    const revoked = sets.find((set) => set.kid === kid && set.revokedAt === undefined)
    if (!revoked) throw new AuthError('not_found')
    const isLast = !sets.some((set) => set !== revoked && isLatest(set))
    const successor = isLast ? await this.#next(revoked.algorithm, 0, by) : undefined
    const options = { successor, on: this.#on(by, proof) }
    const outcome = written(await store.keys.revoke(kid, clock.now(), this.#revoked(kid, by), options))
    if (outcome === 'conflict') throw rotatedMeanwhile()
  }

  /**
   * Revokes every set at once, in one commit with their successor: nothing made under any of them is accepted from then on.
   * For a leaked database and master key, or a restored backup.
   *
   * @returns The kids that were revoked, oldest first, and the set that signs now.
   * @throws AuthError `unavailable` if another process rotated at the same time.
   */
  async revokeAll(by: Caller): Promise<{ readonly revoked: readonly string[]; readonly successor: StoredKeySet }> {
    const { store, clock } = this.#deps
    const live = (await store.keys.list()).filter((set) => set.revokedAt === undefined)
    const successor = await this.#next(live.at(-1)?.algorithm ?? 'ES256', 0, by)
    const revoked = live.map(({ kid }) => kid)
    const events = revoked.map((kid) => this.#revoked(kid, by))
    if ((await store.keys.revokeAll(revoked, clock.now(), events, successor)) === 'conflict') throw rotatedMeanwhile()
    return { revoked, successor: successor.addition.set }
  }

  async #next(algorithm: SigningAlgorithm, delaySeconds: number, by: Caller): Promise<Successor> {
    return this.#after(await this.#deps.store.keys.list(), algorithm, delaySeconds, by)
  }

  #after(stored: readonly StoredKeySet[], algorithm: SigningAlgorithm, delaySeconds: number, by: Caller): Successor {
    const { clock, masterKey, retention, random } = this.#deps
    const dead = KeyRing.open(stored, masterKey, retention).dead(clock.latest())
    const kept = stored.filter((set) => !dead.includes(set.number))
    const number = nextNumber(kept)
    const now = clock.now()
    // If no set signs meanwhile, there is nothing to wait for. Otherwise by `latest`: a clock stepped back would end at once
    // what the predecessor signed.
    const activatesAt = delaySeconds > 0 && kept.some(isLatest) ? clock.latest() + delaySeconds : now
    const set = makeKeySet({ number, algorithm, createdAt: now, activatesAt }, masterKey, random)
    const removing = kept.some((one) => one.number === number) ? [...dead, number] : dead
    return { addition: { set, after: stored.at(-1)?.number, removing }, audit: this.#added(set, by) }
  }

  #on(by: Caller, proof: ProvenUser | undefined): WriteCondition | undefined {
    return proof?.on ?? (by.authorization && conditionOn(undefined, by, this.#deps))
  }

  #added({ number, kid }: StoredKeySet, by: Caller): AuditEvent {
    return auditEvent({ action: 'keys_rotated', detail: { number, kid } }, by, this.#deps)
  }

  #revoked(kid: string, by: Caller): AuditEvent {
    return auditEvent({ action: 'key_revoked', detail: { kid } }, by, this.#deps)
  }
}

const rotatedMeanwhile = () => new AuthError('unavailable', { retryAfterSeconds: 1 })

/** Whether a set signs, now or soon, with no successor after it. A superseded one never signs again. */
const isLatest = (set: StoredKeySet): boolean => set.revokedAt === undefined && set.supersededAt === undefined

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
