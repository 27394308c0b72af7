import { FingerprintTable } from './fingerprint-table.ts'
import type { Revocation } from './revocation.ts'

/** What a token is known by, as far as revocations concern it. */
export interface TokenIdentity {
  readonly tokenId?: string | undefined
  readonly sessionId?: string | undefined
  /** The `kid`; `undefined` if it was introspected. */
  readonly keyId?: string | undefined
  readonly subject: string
  readonly client: string
  readonly issuedAt: number
  /** The ids of the clients that act. */
  readonly actors: readonly string[]
  /** The ids of the tokens that it was exchanged from. */
  readonly exchangedFrom: readonly string[]
}

/** `doubtful`: it may be good still; only the issuer knows. */
export type Standing = 'good' | 'revoked' | 'doubtful'

/** The columns of the table of doubts. */
const beforeColumn = 1
const revisionColumn = 2

/** What is revoked and has not expired. */
export class Revoked {
  /** Tokens, Authorizations and keys: what matches is refused. */
  readonly #ended = new FingerprintTable(1)
  /** Subjects, clients and APIs: what matches and was issued before is doubtful. */
  readonly #doubts = new FingerprintTable(3)
  readonly #leewaySeconds: number
  #revision = 0
  #broadRevision = 0
  #tokenRevision = 0

  /** @param leewaySeconds How long a token is accepted beyond its end. Default: not at all. */
  constructor(leewaySeconds = 0) {
    this.#leewaySeconds = leewaySeconds
  }

  /** Grows with every entry. What was good at a revision is good until the next. */
  get revision(): number {
    return this.#revision
  }

  get size(): number {
    return this.#ended.size + this.#doubts.size
  }

  get bytes(): number {
    return this.#ended.bytes + this.#doubts.bytes
  }

  add({ kind, id, before, until: end }: Revocation, nowSeconds: number): void {
    const until = end + this.#leewaySeconds
    this.#revision += 1
    // An answer of the issuer does not say which key signed a token, which API it was registered for, or which tokens it
    // was exchanged from.
    if (kind === 'key' || kind === 'api') this.#broadRevision = this.#revision
    if (kind === 'token') this.#tokenRevision = this.#revision
    if (until < nowSeconds) return
    const key = `${kind}:${id}`
    if (kind === 'token' || kind === 'authorization' || kind === 'key') {
      this.#ended.raise(key, [until], nowSeconds)
    } else {
      this.#doubts.raise(key, [until, before, this.#revision], nowSeconds)
    }
  }

  /** Every answer that was remembered is forgotten: the issuer's database is another one. */
  forgetAnswers(): void {
    this.#revision += 1
    this.#broadRevision = this.#revision
  }

  /**
   * @param answeredAt The revision at which the issuer was asked about this token: older doubts are answered. Default:
   *   it was not asked.
   */
  standingOf(token: TokenIdentity, nowSeconds: number, answeredAt = -1): Standing {
    // Otherwise an entry that ends within this second would be forgotten before the tokens that it ends.
    const now = Math.floor(nowSeconds)
    const isEnded = (kind: string, id: string | undefined) =>
      id !== undefined && this.#ended.get(`${kind}:${id}`, 0, now) > 0
    if (isEnded('authorization', token.sessionId) || isEnded('token', token.tokenId)) return 'revoked'
    if (isEnded('key', token.keyId) || token.exchangedFrom.some((id) => isEnded('token', id))) return 'revoked'
    const isDoubtful = (key: string) => {
      const revision = this.#doubts.get(key, revisionColumn, now)
      return revision > answeredAt && revision > 0 && token.issuedAt <= this.#doubts.get(key, beforeColumn, now)
    }
    const isAnswered = answeredAt >= 0
    if (isAnswered && this.#broadRevision > answeredAt) return 'doubtful'
    if (isAnswered && token.actors.length > 0 && this.#tokenRevision > answeredAt) return 'doubtful'
    const [apiId = '', ...rest] = token.tokenId?.split('.') ?? []
    const isConcerned =
      isDoubtful(`subject:${token.subject}`) ||
      isDoubtful('subject:*') ||
      isDoubtful(`client:${token.client}`) ||
      isDoubtful(`client:${token.subject}`) ||
      isDoubtful('client:*') ||
      token.actors.some((id) => isDoubtful(`client:${id}`)) ||
      (rest.length > 0 && isDoubtful(`api:${apiId}`))
    return isConcerned ? 'doubtful' : 'good'
  }
}
