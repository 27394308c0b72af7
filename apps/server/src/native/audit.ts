import type { AuditFilter, Domain, UseCases } from '@countersign/core'
import { listedEvent } from '../audit/audit-entry.ts'
import type { AuditHandlers, Input } from '../generated/index.ts'
import type { Context } from '../pipeline/context.ts'
import { readPlace, writtenPlace } from './wire/audit-wire.ts'
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

type Listed = ReturnType<typeof listedEvent>

/** The present names: an event holds ids, because it outlives names. */
function withNames(event: Listed, names: ReadonlyMap<string, string>): Listed {
  const named = (subject: NonNullable<Listed['subject']>) => {
    const name = names.get(subject.id)
    return name === undefined ? subject : { ...subject, name }
  }
  const { actor, subject } = event
  return { ...event, ...(actor ? { actor: named(actor) } : {}), ...(subject ? { subject: named(subject) } : {}) }
}

/** The audit trail, for the owner. */
export function auditHandlers({
  useCases: { audit, names },
  domain,
}: {
  readonly useCases: Pick<UseCases, 'audit' | 'names'>
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
      const named = await names.of(
        entries.flatMap(({ actor, subject }) => [actor, subject].filter((one) => one !== undefined)),
      )
      return {
        status: 200,
        body: {
          events: entries.map((entry) => withNames(listedEvent(entry), named)),
          next_cursor: next === undefined ? null : cursors.write(list, writtenPlace(next)),
        },
      }
    },
  }
}
