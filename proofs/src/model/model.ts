/**
 * The oracle: what an issuer should answer, in the plainest way there is. No keys, no rows, no caches: lists in
 * memory and the rules of refreshing (I1–I5). Written from the rules alone; it must not know how the product does it.
 */

export const retryWindowSeconds = 60
/** For hex sessions, as a vendor's dialect has them; native ones have none. */
export const graceSeconds = 60
export const graceRepeats = 32
export const sessionSeconds = 30 * 86_400
export const accessSeconds = 600
/** JWT sessions end after so long without use, as native ones do; a use is noted if the last one is a hundredth of it ago. */
export const idleSeconds = 20_000
export const machineSeconds = 3600
/** What is dead may be forgotten after this long. */
export const retentionSeconds = 30 * 86_400

const order = ['viewer', 'manager', 'owner'] as const
export type ModelRole = (typeof order)[number]
export const lower = (...roles: readonly ModelRole[]): ModelRole =>
  order[Math.min(...roles.map((role) => order.indexOf(role)))] ?? 'viewer'

export interface ModelUser {
  readonly id: string
  readonly name: string
  role: ModelRole
  enabled: boolean
  epoch: number
  /** Rises when the personal tokens end too. */
  personalEpoch: number
  password: string
}

/** What was handed out: the raw token, and all that is known about it. */
export interface HandedOut {
  readonly text: string
  readonly generation: number
  readonly issuedAt: number
  readonly endsAt: number
  readonly role: ModelRole
  readonly scope: readonly string[]
}

export interface ModelSession {
  readonly id: string
  readonly user: ModelUser
  readonly form: 'jwt' | 'hex'
  readonly ceiling: ModelRole
  readonly createdAt: number
  epoch: number
  generation: number
  /** When the current generation began. */
  begunAt: number
  /** The last use that was noted. */
  usedAt: number | undefined
  retryKey: string | undefined
  /** Where the current generation was asked for, and how often its predecessor came again. */
  rotatedFrom: string | undefined
  repeats: number
  revokedAt: number | undefined
  forgotten: boolean
  readonly access: HandedOut[]
  /** By generation: one token each, ever. */
  readonly refresh: string[]
}

export interface ModelMachineToken {
  readonly text: string
  readonly standingId: string
  readonly client: number
  readonly endsAt: number
  revoked: boolean
}

export interface ModelPersonalToken {
  readonly text: string
  readonly user: ModelUser
  readonly ceiling: ModelRole
  readonly scope: readonly string[]
  readonly epoch: number
  revoked: boolean
}

export type RefreshOutcome =
  | 'rotated'
  | 'replayed'
  | 'repeated'
  | 'late'
  | 'refresh_token_reused'
  | 'grant_invalid'
  | 'scope_invalid'

export class Model {
  now: number
  latest: number
  readonly users: ModelUser[]
  readonly sessions: ModelSession[] = []
  readonly machineTokens: ModelMachineToken[] = []
  readonly personalTokens: ModelPersonalToken[] = []
  readonly revokedStanding = new Set<string>()

  constructor(now: number, users: readonly ModelUser[]) {
    this.now = now
    this.latest = now
    this.users = [...users]
  }

  step(seconds: number): void {
    this.now += seconds
    this.latest = Math.max(this.latest, this.now)
  }

  /** I5 of a session. */
  lives(session: ModelSession): boolean {
    const { user, revokedAt, epoch, createdAt } = session
    const isOver = this.latest >= createdAt + sessionSeconds || this.latest >= this.#idleEnd(session)
    return revokedAt === undefined && user.enabled && epoch === user.epoch && !isOver
  }

  /** An access token of it was accepted. */
  used(session: ModelSession): void {
    const idleFor = this.now - this.#activeAt(session)
    if (session.form === 'jwt' && idleFor >= idleSeconds / 100 && this.now > (session.usedAt ?? 0))
      session.usedAt = this.now
  }

  #activeAt({ createdAt, begunAt, usedAt = 0 }: ModelSession): number {
    return Math.max(createdAt, begunAt, usedAt)
  }

  #idleEnd(session: ModelSession): number {
    return session.form === 'jwt' ? this.#activeAt(session) + idleSeconds : Number.POSITIVE_INFINITY
  }

  /** Whether one access token works now: a JWT to its end, a hex one as long as its generation is the last. */
  accepts(session: ModelSession, token: HandedOut): boolean {
    if (!this.lives(session)) return false
    if (session.form === 'hex') {
      return token.generation === session.generation && this.latest < session.begunAt + accessSeconds
    }
    return this.latest < token.endsAt
  }

  roleOf(session: ModelSession, token: HandedOut): ModelRole {
    const now = lower(session.ceiling, session.user.role)
    return session.form === 'jwt' ? lower(now, token.role) : now
  }

  issuedRole(session: ModelSession): ModelRole {
    return lower(session.ceiling, session.user.role)
  }

  /** What becomes of a refresh, and what it does to the session. */
  refresh(
    session: ModelSession,
    generation: number,
    retryKey: string | undefined,
    scope: string | undefined,
    address: string,
  ): RefreshOutcome {
    if (!this.lives(session)) return 'grant_invalid'
    // Before anything is spent or revoked.
    if (scope?.includes('admin')) return 'scope_invalid'
    if (generation === session.generation) {
      session.generation++
      session.begunAt = this.now
      session.retryKey = retryKey
      session.rotatedFrom = address
      session.repeats = 0
      return 'rotated'
    }
    if (generation === session.generation - 1) {
      const age = this.latest - session.begunAt
      if (retryKey !== undefined && retryKey === session.retryKey)
        return age <= retryWindowSeconds ? 'replayed' : 'late'
      const mayRepeat = session.form === 'hex' && age <= graceSeconds && session.repeats < graceRepeats
      if (retryKey === undefined && mayRepeat && address === session.rotatedFrom) {
        session.repeats++
        return 'repeated'
      }
    }
    session.revokedAt = this.now
    return 'refresh_token_reused'
  }

  revoke(session: ModelSession): void {
    session.revokedAt ??= this.now
  }

  acceptsMachine(token: ModelMachineToken): boolean {
    return !token.revoked && !this.revokedStanding.has(token.standingId) && this.latest < token.endsAt
  }

  /** A personal token outlives the session that it was made with. */
  acceptsPersonal({ revoked, user, epoch }: ModelPersonalToken): boolean {
    return !revoked && user.enabled && epoch === user.personalEpoch
  }

  /** What was dead for long is gone; it answers as what never was. */
  collectGarbage(): void {
    const before = this.latest - retentionSeconds
    for (const session of this.sessions) {
      const isOld = (session.revokedAt ?? Infinity) < before || session.createdAt + sessionSeconds < before
      if (isOld) session.forgotten = true
    }
  }
}
