import { api, type Schema, send } from '../state/api.ts'
import { type List, pageSize, useList } from '../state/list.ts'

export type AuditEvent = Schema['AuditEvent']

export const auditKey = 'audit'

export interface AuditQuery {
  readonly subject?: string
  readonly actor?: string
  readonly action?: string
  readonly authorization_id?: string
  readonly from?: number
  readonly to?: number
}

/** The audit trail with these filters; `whole` reads all of its pages. */
export const useAudit = (query: AuditQuery, whole: boolean): List<AuditEvent> =>
  useList(
    [auditKey, query],
    async (cursor, signal) => {
      const given = { ...query, limit: pageSize, ...(cursor === undefined ? {} : { cursor }) }
      const page = await send(api.GET('/v1/audit', { params: { query: given }, signal }))
      return { items: page.events, next: page.next_cursor }
    },
    { whole },
  )
