// Checks before the server answers: whether the last server closed the database, and which issuer it served.

import { localCaller } from '@countersign/core'
import { endedUncleanly, faultsOf } from '@countersign/store'
import type { Authority } from '../compose/authority.ts'
import { type DatabaseConfig, isOnServer } from '../compose/database-server.ts'
import type { DeprecatedUse } from '../config/deprecations.ts'
import { DataFolderError, databaseFile, hasDatabase } from '../data-folder/data-folder.ts'
import type { Logger } from '../log/logger.ts'

/**
 * Checks the whole database in a separate thread if it was not closed: a log may have been replayed over another
 * database, and every commit on top of it would be lost.
 *
 * @throws DataFolderError if it is damaged; nothing is changed then.
 */
export async function checkAfterUncleanEnd(config: DatabaseConfig, logger: Logger): Promise<void> {
  if (isOnServer(config)) return
  const { data } = config
  const path = databaseFile(data)
  if (!hasDatabase(data) || !endedUncleanly(path)) return
  logger.warn('database_not_closed')
  const [fault] = await faultsOf(path)
  if (fault === undefined) return
  throw new DataFolderError(
    `${path} is damaged, and is not served: ${fault}. "countersign restore FILE" restores a backup`,
  )
}

/** One line for each deprecated setting that is in use. */
export function warnOfDeprecations(uses: readonly DeprecatedUse[], logger: Pick<Logger, 'warn'>): void {
  for (const { setting, instead } of uses) logger.warn('deprecated', { setting, instead })
}

/** The issuer differs from the one served last. The message is one line. */
export class IssuerChangedError extends Error {
  constructor(before: string, after: string, ended: number) {
    const what = ended === 1 ? '1 session or token ends' : `${ended} sessions and tokens end`
    super(`the issuer was ${before} and would be ${after}: ${what} by it; --issuer-changed says that this is meant`)
    this.name = 'IssuerChangedError'
  }
}

/**
 * Compares the issuer with the one served last, and records it.
 *
 * @param isMeant Whether sessions and tokens may end by the change.
 * @throws IssuerChangedError if some would end and that is not intended; nothing is changed then.
 */
export async function recordIssuer(
  { domain: { issuer }, useCases: { installation }, logger }: Pick<Authority, 'domain' | 'useCases' | 'logger'>,
  isMeant: boolean,
): Promise<void> {
  const change = await installation.issuerChange(issuer)
  if (change) {
    const { before, ending: count } = change
    if (count > 0 && !isMeant) throw new IssuerChangedError(before, issuer, count)
    logger.warn('issuer_changed', { count })
  }
  await installation.recordIssuer(issuer, localCaller)
}
