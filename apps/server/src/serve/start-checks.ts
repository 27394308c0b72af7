// What a server looks at before it answers anybody: how the last one ended, and under which issuer it served.

import { endedUncleanly, faultsOf } from '@countersign/store'
import type { Authority } from '../compose/authority.ts'
import type { Config } from '../config/config.ts'
import { DataFolderError, databaseFile, hasDatabase } from '../data-folder/data-folder.ts'
import type { Logger } from '../log/logger.ts'

/**
 * Reads a database whole that was not closed, in a thread of its own: a log may have been replayed over what it does not belong
 * to, and every commit on top of that would be lost with it.
 *
 * @throws DataFolderError if it is damaged. Nothing was changed then.
 */
export async function checkAfterUncleanEnd({ data }: Pick<Config, 'data'>, logger: Logger): Promise<void> {
  const path = databaseFile(data)
  if (!hasDatabase(data) || !endedUncleanly(path)) return
  logger.warn('the database was not closed, or somebody else has it open: it is checked')
  const [fault] = await faultsOf(path)
  if (fault === undefined) return
  throw new DataFolderError(
    `${path} is damaged, and is not served: ${fault}. "countersign restore FILE" restores a backup`,
  )
}

/** The issuer is not the one that was served last. The message is one line. */
export class IssuerChangedError extends Error {
  constructor(before: string, after: string, ended: number) {
    const what = ended === 1 ? '1 session or token ends' : `${ended} sessions and tokens end`
    super(`the issuer was ${before} and would be ${after}: ${what} by it; --issuer-changed says that this is meant`)
    this.name = 'IssuerChangedError'
  }
}

/**
 * Compares the issuer with the one that was served last, and records it.
 *
 * @param isMeant What ends by the change may end.
 * @throws IssuerChangedError if anything does, and that is not meant. Nothing was changed then.
 */
export async function recordIssuer(
  { domain, store, logger }: Pick<Authority, 'domain' | 'store' | 'logger'>,
  isMeant: boolean,
): Promise<void> {
  const { issuer, clock } = domain
  const before = await store.marks.servedIssuer()
  if (before !== undefined && before !== issuer) {
    const count = await store.authorizations.countMeantForOthers({ issuer, latest: clock.latest() })
    if (count > 0 && !isMeant) throw new IssuerChangedError(before, issuer, count)
    logger.warn('the issuer is not the one that was served last: tokens of that one are refused', { count })
  }
  await store.marks.recordServedIssuer(issuer, { at: clock.now(), action: 'issuer_changed', detail: { issuer } })
}
