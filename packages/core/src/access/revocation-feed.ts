import type { Domain } from '../domain/domain.ts'
import { issuerApiId } from '../model/api.ts'
import { AuthError } from '../model/errors.ts'
import type { Revocation, RevocationFeed } from '../ports/store/revocations.ts'
import type { Access } from './access.ts'

/** Whether a reader sees an entry of the revocation feed. */
export type FeedView = (entry: Revocation) => boolean

export interface FeedPage {
  readonly feed: string
  readonly revocations: readonly Revocation[]
  /** The position that was reached: entries up to it were looked at. */
  readonly next: number
}

/** Reading the revocation feed. */
export class RevocationFeedReading {
  readonly #store: Domain['store']

  constructor({ store }: Pick<Domain, 'store'>) {
    this.#store = store
  }

  state(): Promise<RevocationFeed> {
    return this.#store.revocations.state()
  }

  listAfter(position: number, limit: number): Promise<readonly Revocation[]> {
    return this.#store.revocations.listAfter(position, limit)
  }

  /** Calls `listener` after each commit of this process that added entries. Returns the end of the calls. */
  watch(listener: () => void): () => void {
    return this.#store.revocations.watch(listener)
  }

  /**
   * What the holder of a token sees: the owner everything, a client what may concern a token for one of the APIs whose own program it
   * is. A session for the issuer can be exchanged for such a token; one for another API only where a client has a rule for it.
   *
   * @throws AuthError `access_denied` if the client is no API's own program.
   */
  async viewOf({ kind, clientId }: Access): Promise<FeedView> {
    if (kind !== 'machine') return () => true
    const { clients, apis } = this.#store
    const client = await clients.find(clientId)
    if (!client || client.audience.length === 0) throw new AuthError('access_denied')
    const found = await Promise.all(client.audience.map((identifier) => apis.findByIdentifier(identifier)))
    const own = new Set<string>(found.flatMap((api) => api?.id ?? []))
    if ((await clients.listExchangeTargets()).some((id) => own.has(id))) return () => true
    own.add(issuerApiId)
    return ({ apis }) => apis === undefined || apis.some((id) => own.has(id))
  }

  /** @throws AuthError `position_gone` if entries after the position were removed. */
  async requirePosition(position: number): Promise<RevocationFeed> {
    const state = await this.state()
    if (position > 0 && position < state.forgotten) throw new AuthError('position_gone')
    return state
  }

  /**
   * The entries after a position that a view shows. Two reads.
   *
   * @param page `limit`: how many entries are looked at.
   * @throws AuthError `position_gone`.
   */
  async page({ after, limit }: { readonly after: number; readonly limit: number }, view: FeedView): Promise<FeedPage> {
    const { feed, last } = await this.requirePosition(after)
    const entries = await this.listAfter(after, limit)
    const reached = entries.at(-1)?.sequence ?? 0
    const next = entries.length === limit ? reached : Math.max(reached, last)
    return { feed, revocations: entries.filter(view), next }
  }
}
