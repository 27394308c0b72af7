import type { Domain } from '@countersign/core'
import type { RecentFiles } from '@countersign/resources'
import type { RecentFilesHandlers } from '../generated/index.ts'
import type { Context } from '../pipeline/context.ts'

/** Files that the calling user viewed last. */
export function recentFileHandlers({
  recentFiles,
  domain,
}: {
  readonly domain: Pick<Domain, 'clock'>
  readonly recentFiles: RecentFiles
}): RecentFilesHandlers<Context> {
  return {
    async recordRecentFile({ body }, { access }) {
      const seenAtMilliseconds = domain.clock.now() * 1000
      await recentFiles.record(access.authorization.subject.id, { ...body, seenAtMilliseconds })
      return { status: 204 }
    },
  }
}
