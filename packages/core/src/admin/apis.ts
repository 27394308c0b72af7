import type { Domain } from '../domain/domain.ts'
import { conditionOn, type ProvenUser, written } from '../domain/proof.ts'
import {
  type Api,
  type ApiChange,
  type ApiTerms,
  issuerApi,
  issuerApiId,
  requireApiIdentifier,
  requireValidApi,
} from '../model/api.ts'
import type { AuditAction, AuditEvent } from '../model/audit-event.ts'
import { auditEvent } from '../model/audit-event.ts'
import { newId } from '../model/authorization/id.ts'
import type { Caller } from '../model/caller.ts'
import { AuthError } from '../model/errors.ts'
import { pagesOf } from '../model/pages.ts'
import type { ApiPage } from '../ports/store/apis.ts'
import type { WriteCondition } from '../ports/store/condition.ts'

/** An API to register. What is not given has its default. */
export interface NewApi extends Partial<ApiTerms> {
  /** An absolute URI without a fragment (RFC 8707 §2). */
  readonly identifier: string
  readonly name: string
}

/** What a change of an API rests on: the owner's proof, from `StepUp`. `undefined`: the command line. */
type Proof = ProvenUser | undefined

/** The APIs that tokens are meant for (RFC 8707), as the owner manages them. The issuer is one that is built in. */
export class Apis {
  readonly #deps: Pick<Domain, 'store' | 'clock' | 'random' | 'issuer'>

  constructor(deps: Pick<Domain, 'store' | 'clock' | 'random' | 'issuer'>) {
    this.#deps = deps
  }

  /**
   * Registers an API. Defaults: no scope, the client's token form, `at+jwt`, the session's or client's lifetime, no origin, first
   * party.
   *
   * @throws AuthError `api_invalid`, `api_identifier_taken`.
   */
  async create({ identifier, ...given }: NewApi, by: Caller, proof?: Proof): Promise<Api> {
    requireApiIdentifier(identifier)
    const { clock, random, store, issuer } = this.#deps
    const api: Api = {
      scopes: [],
      tokenForm: undefined,
      tokenType: 'at+jwt',
      accessLifetimeSeconds: undefined,
      allowedOrigins: [],
      firstParty: true,
      ...given,
      id: newId(clock, random),
      identifier,
      createdAt: clock.now(),
    }
    requireValidApi(api)
    if (identifier === issuer) throw new AuthError('api_identifier_taken')
    const outcome = written(await store.apis.create(api, this.#event('api_created', api, by), this.#on(by, proof)))
    if (outcome === 'identifier_taken') throw new AuthError('api_identifier_taken')
    return api
  }

  /** @throws AuthError `not_found`. */
  async get(id: string): Promise<Api> {
    const api = id === issuerApiId ? issuerApi(this.#deps.issuer) : await this.#deps.store.apis.find(id)
    if (!api) throw new AuthError('not_found')
    return api
  }

  /** @throws AuthError `api_unknown`. */
  async getByIdentifier(identifier: string): Promise<Api> {
    const { store, issuer } = this.#deps
    const api = identifier === issuer ? issuerApi(issuer) : await store.apis.findByIdentifier(identifier)
    if (!api) throw new AuthError('api_unknown')
    return api
  }

  /** The issuer first, then in the order of registration. */
  async list(page: { readonly limit: number; readonly after?: string | undefined }): Promise<ApiPage> {
    const { store, issuer } = this.#deps
    const own = page.after === undefined ? [issuerApi(issuer)] : []
    const after = page.after === issuerApiId ? undefined : page.after
    const limit = page.limit - own.length
    // A page that the issuer alone fills.
    if (limit === 0) return { apis: own, next: issuerApiId }
    const { apis, next } = await store.apis.list({ limit, after })
    return { apis: [...own, ...apis.filter(({ identifier }) => identifier !== issuer)], next }
  }

  /** All of them. */
  async listAll(): Promise<readonly Api[]> {
    const found: Api[] = []
    for await (const { apis } of pagesOf((after: string | undefined) => this.list({ limit: 200, after })))
      found.push(...apis)
    return found
  }

  /**
   * Changes an API. It works at once: a scope that is gone, or a higher least role, narrows the tokens that are out.
   *
   * @throws AuthError `not_found`, `api_protected`, `api_invalid`.
   */
  async change({ id, ...change }: { readonly id: string } & ApiChange, by: Caller, proof?: Proof): Promise<Api> {
    const api = await this.#changeable(id)
    requireValidApi({ ...api, ...change })
    const event = this.#event('api_changed', api, by, { changed: Object.keys(change).sort().join(' ') })
    const outcome = written(await this.#deps.store.apis.change(id, change, event, this.#on(by, proof)))
    if (outcome === 'unknown') throw new AuthError('not_found')
    return this.get(id)
  }

  /**
   * Removes an API. Every token for it is inactive from then on, also if it is registered again.
   *
   * @throws AuthError `not_found`, `api_protected`.
   */
  async remove(id: string, by: Caller, proof?: Proof): Promise<void> {
    const api = await this.#changeable(id)
    const event = this.#event('api_deleted', api, by)
    const outcome = written(await this.#deps.store.apis.remove(id, event, this.#on(by, proof)))
    if (outcome === 'unknown') throw new AuthError('not_found')
  }

  async #changeable(id: string): Promise<Api> {
    if (id === issuerApiId) throw new AuthError('api_protected')
    return this.get(id)
  }

  #on(by: Caller, proof: Proof): WriteCondition {
    return proof?.on ?? conditionOn(undefined, by, this.#deps)
  }

  #event(action: AuditAction, { identifier }: Api, by: Caller, detail: AuditEvent['detail'] = {}): AuditEvent {
    return auditEvent({ action, detail: { api: identifier, ...detail } }, by, this.#deps)
  }
}
