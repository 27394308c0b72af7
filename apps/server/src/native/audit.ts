import type { AuditFilter, AuditPlace, Domain, UseCases } from '@countersign/core'
import { listedEvent } from '../audit/audit-entry.ts'
import type { AuditHandlers, Input } from '../generated/index.ts'
import type { Context } from '../pipeline/context.ts'
import { Cursors } from './wire/cursor.ts'

const defaultPage = 50

type Query = Input<'listAuditEvents'>['query']

const filterOf = ({ subject, actor, client_id, action, authorization_id, from, to }: Query): AuditFilter => ({
  ...{ subject, actor, action, from, to },
  clientId: client_id,
  authorizationId: authorization_id,
})

/** Names the list, so that a cursor is valid only for the same filter (N-181). JSON omits absent members. */
const listOf = (filter: AuditFilter): string => `audit ${JSON.stringify(filter)}`

const written = ({ sequence, at }: AuditPlace): string => `${sequence} ${at}`

function readPlace(position: string): AuditPlace {
  const [sequence, at] = position.split(' ').map(Number)
  return { sequence: sequence ?? 0, at: at ?? 0 }
}

/** The audit trail, for the owner. */
export function auditHandlers({
  useCases: { audit },
  domain,
}: {
  readonly useCases: Pick<UseCases, 'audit'>
  readonly domain: Pick<Domain, 'keys' | 'clock'>
}): AuditHandlers<Context> {
  const cursors = new Cursors(domain)
  return {
    async listAuditEvents({ query }) {
      const limit = query.limit ?? defaultPage
      const filter = filterOf(query)
      const list = listOf(filter)
      const before = query.cursor === undefined ? undefined : readPlace(cursors.read(list, query.cursor))
      const { entries, next } = await audit.list({ filter, before, limit })
      return {
        status: 200,
        body: {
          events: entries.map(listedEvent),
          next_cursor: next === undefined ? null : cursors.write(list, written(next)),
        },
      }
    },
  }
}
