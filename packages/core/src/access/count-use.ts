import type { Domain } from '../domain/domain.ts'
import { lastActiveAt } from '../model/authorization/activity.ts'
import { type Authorization, longestAgent, type UseOrigin } from '../model/authorization/authorization.ts'
import type { RequestContext } from '../model/request-context.ts'

/** Who presents a token to this server. */
export interface Presenter {
  readonly context: Pick<RequestContext, 'address' | 'userAgent'>
  /** The client that introspects or exchanges it. Default is none: the holder presents it. */
  readonly clientId?: string | undefined
}

/** A use counts at once where the last stored one is this part of the inactivity timeout ago, or longer. */
const share = 100

/**
 * Counts a use of an active Authorization. Most uses are stored within a minute, together with others. Where there is an
 * inactivity timeout, a use that comes late in it is stored before the request goes on. So every process and every statement
 * decides inactivity by the row alone, and what was used is kept for at least 99 hundredths of the timeout, whatever happens to
 * this process.
 */
export async function countUse(
  authorization: Authorization,
  presenter: Presenter | undefined,
  { store, clock, usage }: Pick<Domain, 'store' | 'clock' | 'usage'>,
): Promise<void> {
  const { id, idleSeconds } = authorization
  const now = clock.now()
  const use = { at: now, from: originOf(presenter) }
  if (idleSeconds === undefined || (now - lastActiveAt(authorization)) * share < idleSeconds) {
    usage.used(id, use)
    return
  }
  await store.usage.record({ latest: clock.latest(), uses: new Map([[id, use]]), issues: [] })
}

function originOf(presenter: Presenter | undefined): UseOrigin | undefined {
  const address = presenter?.context.address
  if (presenter === undefined || address === undefined) return undefined
  const { context, clientId } = presenter
  return { address, agent: context.userAgent?.slice(0, longestAgent), clientId }
}
