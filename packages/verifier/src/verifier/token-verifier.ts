import type { Feed } from '../feed/feed.ts'
import type { Revoked } from '../feed/revoked.ts'
import type { Keys } from '../issuer/keys.ts'
import type { Clock } from '../model/clock.ts'
import { type VerificationCode, VerificationError } from '../model/errors.ts'
import type { Verified } from '../model/verified.ts'
import { BoundedCache } from '../tokens/bounded-cache.ts'
import type { Checked } from '../tokens/claims.ts'
import type { IntrospectionAnswer } from '../tokens/introspection.ts'
import { looksLikeJwt } from '../tokens/jws.ts'
import { type JwtTerms, JwtVerifier } from '../tokens/jwt.ts'
import { ClientRefused, TransportFault } from '../transport/http.ts'
import { longestJwt, longestOpaque } from './options.ts'
import { presentationOf, presentedToken } from './presented.ts'
import type { ResourceMetadata } from './resource-metadata.ts'
import { readScopes } from './scopes.ts'
import type { Verifier, VerifierStatus, VerifyOptions } from './verifier.ts'

export interface TokenVerifierDeps {
  readonly terms: JwtTerms
  readonly metadata: ResourceMetadata
  readonly maxStalenessSeconds: number
  /** Up to this age of the knowledge a remembered token needs no look at the feed. */
  readonly promptSeconds: number
  readonly whenSilent: 'introspect' | 'closed' | 'open'
  /** Whether a token waits until the first attempt to read the feed, or a poll that is due, has ended. */
  readonly waitsForFeed: boolean
  readonly cacheSize: number
  readonly clock: Clock
  readonly keys: Keys
  readonly introspect: ((token: string, revision: number) => Promise<IntrospectionAnswer>) | undefined
  readonly revoked: Revoked
  readonly feed: Feed
  readonly lastFault: () => unknown
}

/** A token that was good, and as of when. */
interface Remembered extends Checked {
  /** The revision of the revocations with which it was last compared. */
  revision: number
  /** The revision at which the issuer was asked about it; -1 if it was not. */
  readonly answeredAt: number
  /** The elapsed seconds at which the issuer was asked. */
  readonly askedAt: number
  /** Epoch seconds. */
  readonly expiresAt: number
}

/** How long an answer of the issuer is used while revocations are known. */
const answerSeconds = 60
/** How long the answer that a token is not active is used. */
const refusalSeconds = 2
const longestKeys = 16_777_216
/** How often the issuer is asked again because something ended while it was asked. */
const mostQuestions = 3

export class TokenVerifier implements Verifier {
  readonly issuer: string
  readonly resource: string
  readonly metadata: ResourceMetadata
  readonly #deps: TokenVerifierDeps
  readonly #jwts: JwtVerifier
  readonly #cache: BoundedCache<Remembered>
  /** Tokens that the issuer said are not active, until which elapsed second. Made-up ones displace no good ones. */
  readonly #refused: BoundedCache<number>

  constructor(deps: TokenVerifierDeps) {
    this.#deps = deps
    this.issuer = deps.terms.issuer
    this.resource = deps.terms.resource
    this.metadata = deps.metadata
    this.#jwts = new JwtVerifier(deps.keys, deps.terms)
    this.#cache = new BoundedCache(deps.cacheSize, longestKeys)
    this.#refused = new BoundedCache(1000, 1 << 20)
  }

  verify(input: string | Request, options?: VerifyOptions): Promise<Verified> {
    if (typeof input === 'string' && options?.scope === undefined) {
      const found = this.#remembered(input)
      if (found) return Promise.resolve(found)
    }
    return this.#verifyAll(input, options)
  }

  async ready(): Promise<void> {
    this.#deps.feed.start()
    await this.#deps.feed.settled()
  }

  status(): VerifierStatus {
    const { feed, revoked, clock, lastFault } = this.#deps
    const ageSeconds = clock.elapsedSeconds() - feed.freshAsOf
    return {
      isSilent: this.#isSilent(),
      ageSeconds: Number.isFinite(ageSeconds) ? ageSeconds : undefined,
      feed: feed.id,
      revocations: revoked.size,
      revocationBytes: revoked.bytes,
      fault: lastFault(),
    }
  }

  close(): void {
    this.#deps.feed.close()
    this.#cache.clear()
    this.#refused.clear()
  }

  async #verifyAll(input: string | Request, { scope }: VerifyOptions = {}): Promise<Verified> {
    const required = readScopes(scope)
    const terms = { metadataUrl: this.metadata.url, scope: required }
    const token = typeof input === 'string' ? input : presentedToken(presentationOf(input), terms)
    const verified = this.#remembered(token) ?? (await this.#verifyToken(token))
    if (required.every((name) => verified.scope.includes(name))) return verified
    throw new VerificationError('scope_insufficient', terms)
  }

  /** The fast path: a token whose text was verified before, and that nothing ended since. */
  #remembered(token: string, knownSeconds = this.#deps.promptSeconds): Verified | undefined {
    const found = this.#cache.get(token)
    if (found === undefined) return undefined
    const { clock, feed, revoked, maxStalenessSeconds, whenSilent } = this.#deps
    const elapsed = clock.elapsedSeconds()
    if (clock.epochSeconds() >= found.expiresAt) return this.#forget(token)
    const isKnown = elapsed - feed.freshAsOf <= knownSeconds
    // A poll is due.
    if (!isKnown && knownSeconds < maxStalenessSeconds) return undefined
    if (found.answeredAt >= 0) {
      if (elapsed - found.askedAt > (isKnown ? answerSeconds : maxStalenessSeconds)) return this.#forget(token)
    } else if (!isKnown && whenSilent !== 'open') return undefined
    if (found.revision !== revoked.revision) {
      const standing = revoked.standingOf(found.identity, clock.epochSeconds(), found.answeredAt)
      if (standing !== 'good') return this.#forget(token)
      found.revision = revoked.revision
    }
    return found.verified
  }

  #forget(token: string): undefined {
    this.#cache.delete(token)
    return undefined
  }

  async #verifyToken(token: string): Promise<Verified> {
    const isJwt = token.length <= longestJwt && looksLikeJwt(token)
    if (!isJwt && (token.length > longestOpaque || !/^[\w.~+/-]+=*$/.test(token))) throw this.#refusal('token_invalid')
    const { feed, clock, revoked, whenSilent, promptSeconds, maxStalenessSeconds, waitsForFeed } = this.#deps
    feed.start()
    if (waitsForFeed && clock.elapsedSeconds() - feed.freshAsOf > promptSeconds) {
      await feed.settled()
      const found = this.#remembered(token, maxStalenessSeconds)
      if (found) return found
    }
    if (!isJwt) return this.#ask(token, undefined)
    const outcome = await this.#issuerCalled(() => this.#jwts.verify(token, clock.epochSeconds()))
    if (outcome.outcome !== 'valid') throw this.#refusal(`token_${outcome.outcome}`)
    const { checked } = outcome
    const { revision } = revoked
    const standing = revoked.standingOf(checked.identity, clock.epochSeconds())
    if (standing === 'revoked') throw this.#refusal('token_revoked')
    const isSilent = this.#isSilent()
    if (isSilent && whenSilent === 'closed') throw this.#refusal('verifier_silent')
    if (standing === 'doubtful' || (isSilent && whenSilent === 'introspect')) return this.#ask(token, checked)
    this.#remember(token, checked, { revision, answeredAt: -1, askedAt: 0 })
    return checked.verified
  }

  /** @param local What its own signature proves, if it is a JWT. */
  async #ask(token: string, local: Checked | undefined): Promise<Verified> {
    const { introspect, revoked, clock } = this.#deps
    const refusal = () => this.#refusal(local ? 'token_revoked' : 'token_invalid')
    if (!introspect || clock.elapsedSeconds() < (this.#refused.get(token) ?? 0)) throw refusal()
    for (let count = 0; count < mostQuestions; count += 1) {
      const { revision } = revoked
      const { checked: answer, askedAt } = await this.#issuerCalled(() => introspect(token, revision))
      if (!answer || (local && answer.verified.subject !== local.verified.subject)) {
        this.#refused.set(token, clock.elapsedSeconds() + refusalSeconds)
        throw refusal()
      }
      if (clock.epochSeconds() >= this.#endOf(answer)) throw this.#refusal('token_expired')
      const checked = local ? { verified: answer.verified, identity: local.identity } : answer
      const seen = revoked.revision
      const standing = revoked.standingOf(checked.identity, clock.epochSeconds(), revision)
      if (standing === 'revoked') throw this.#refusal('token_revoked')
      if (standing === 'doubtful') continue
      this.#remember(token, checked, { revision: seen, answeredAt: revision, askedAt })
      return checked.verified
    }
    throw this.#refusal('issuer_unreachable')
  }

  #remember(
    token: string,
    checked: Checked,
    terms: { readonly revision: number; readonly answeredAt: number; readonly askedAt: number },
  ): void {
    this.#cache.set(token, { ...checked, ...terms, expiresAt: this.#endOf(checked) })
  }

  /** Epoch seconds. */
  #endOf({ verified: { expiresAt } }: Checked): number {
    return expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt + this.#deps.terms.leewaySeconds
  }

  #isSilent(): boolean {
    const { clock, feed, maxStalenessSeconds } = this.#deps
    return clock.elapsedSeconds() - feed.freshAsOf > maxStalenessSeconds
  }

  async #issuerCalled<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof ClientRefused) throw this.#refusal('issuer_refused', error)
      if (error instanceof TransportFault) throw this.#refusal('issuer_unreachable', error)
      throw error
    }
  }

  #refusal(code: VerificationCode, cause?: unknown): VerificationError {
    return new VerificationError(code, { metadataUrl: this.metadata.url, cause })
  }
}
