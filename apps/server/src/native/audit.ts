import type { AuditEntry } from '@countersign/core'
import type { Authority } from '../authority.ts'
import type { AuditHandlers } from '../generated/index.ts'
import type { Context } from '../pipeline/context.ts'
import { Cursors } from './cursor.ts'

const defaultPage = 50
const list = 'audit'

/** What an event did not say is left out. */
const listedEvent = ({ authorizationId, clientId, requestId, detail, ...event }: AuditEntry) => ({
  sequence: event.sequence,
  at: event.at,
  action: event.action,
  ...(event.actor ? { actor: event.actor } : {}),
  ...(event.subject ? { subject: event.subject } : {}),
  ...(authorizationId === undefined ? {} : { authorization_id: authorizationId }),
  ...(clientId === undefined ? {} : { client_id: clientId }),
  ...(event.dialect === undefined ? {} : { dialect: event.dialect }),
  ...(event.address === undefined ? {} : { address: event.address }),
  ...(requestId === undefined ? {} : { request_id: requestId }),
  detail: { ...detail },
})

/** The audit trail, for the owner. */
export function auditHandlers({ store, domain }: Pick<Authority, 'store' | 'domain'>): AuditHandlers<Context> {
  const cursors = new Cursors(domain)
  return {
    async listAuditEvents({ query }) {
      const limit = query.limit ?? defaultPage
      const before = query.cursor === undefined ? undefined : Number(cursors.read(list, query.cursor))
      // One more than is shown tells whether there is a next page.
      const entries = await store.audit.list({ before, limit: limit + 1 })
      const shown = entries.slice(0, limit)
      const last = entries.length > limit ? shown.at(-1) : undefined
      return {
        status: 200,
        body: {
          events: shown.map(listedEvent),
          next_cursor: last === undefined ? null : cursors.write(list, String(last.sequence)),
        },
      }
    },
  }
}
