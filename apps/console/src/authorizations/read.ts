import { type AuditEvent, auditKey } from '../audit/read.ts'
import { type Authorization, api, send } from '../state/api.ts'
import { type List, pageSize, useList } from '../state/list.ts'
import { type Read, useRead } from '../state/read.ts'

interface Query {
  readonly all?: boolean
  readonly subject?: string
}

export const authorizationsKey = 'authorizations'
/** How long a use may take to be seen. */
const liveMilliseconds = 10_000

/** The authorizations of the caller, of one subject, or of everybody. */
export const useAuthorizations = (query: Query = {}): List<Authorization> =>
  useList([authorizationsKey, query], async (cursor, signal) => {
    const given = { ...query, limit: pageSize, ...(cursor === undefined ? {} : { cursor }) }
    const page = await send(api.GET('/v1/authorizations', { params: { query: given }, signal }))
    return { items: page.authorizations, next: page.next_cursor }
  })

/** One of them, also one that has ended. */
export const useAuthorization = (id: string): Read<Authorization> =>
  useRead(
    [authorizationsKey, 'one', id],
    (signal) => send(api.GET('/v1/authorizations/{id}', { params: { path: { id } }, signal })),
    { every: liveMilliseconds },
  )

/** What happened with it. */
export const useEvents = (id: string): List<AuditEvent> =>
  useList([auditKey, 'of', id], async (cursor, signal) => {
    const query = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) }
    const page = await send(api.GET('/v1/authorizations/{id}/events', { params: { path: { id }, query }, signal }))
    return { items: page.events, next: page.next_cursor }
  })

/** Revokes one after the other, so that an error says how far it came. */
export async function revokeAuthorizations(ids: readonly string[]): Promise<void> {
  for (const id of ids) await send(api.DELETE('/v1/authorizations/{id}', { params: { path: { id } } }))
}
