import type { UseCases } from '@countersign/core'
import type { RevocationsHandlers } from '../generated/index.ts'
import { prefersEvents } from '../http/accept.ts'
import type { Context } from '../pipeline/context.ts'
import type { RevocationStreams } from './revocation-streams.ts'
import { listedRevocation } from './wire/wire.ts'

const defaultPage = 100

/** The revocation feed, for the owner and for the programs of APIs. */
export function revocationHandlers({
  useCases: { revocationFeed },
  revocationStreams,
}: {
  readonly useCases: Pick<UseCases, 'revocationFeed'>
  readonly revocationStreams: RevocationStreams
}): RevocationsHandlers<Context> {
  return {
    async listRevocations({ query, headers }, { accept, access, recheck }) {
      const view = await revocationFeed.viewOf(access)
      const { after = 0, limit = defaultPage } = query
      if (!prefersEvents(accept)) {
        const { feed, revocations, next } = await revocationFeed.page({ after, limit }, view)
        const body = { feed, revocations: revocations.map(listedRevocation), next }
        return { status: 200, contentType: 'application/json', body }
      }
      const position = Number(headers['last-event-id'] ?? after)
      await revocationFeed.requirePosition(position)
      return {
        status: 200,
        contentType: 'text/event-stream',
        // A proxy must not keep parts back.
        headers: { 'X-Accel-Buffering': 'no' },
        body: revocationStreams.open(position, recheck),
      }
    },
  }
}
