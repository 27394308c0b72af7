import type { Authorization, AuthorizationPage, Subject } from '@countersign/core'
import type { Kysely } from 'kysely'
import type { Executor } from '../engine/engine.ts'
import { positional } from '../engine/statement.ts'
import type { Database } from '../schema.ts'
import { isActive } from './active.ts'
import { authorizationColumns, authorizationFrom } from './row.ts'

export interface LiveQuery {
  readonly subject: Subject
  readonly latest: number
  readonly limit: number
  readonly after?: string | undefined
}

interface Slots {
  kind: Subject['kind']
  id: string
  latest: number
  limit: number
}

/** Newest first: ids begin with the time of creation. One row more than asked for tells whether a page follows. */
export const listLive = async (read: Executor, query: LiveQuery): Promise<AuthorizationPage> => {
  const { subject, latest, limit, after } = query
  const slots = { kind: subject.kind, id: subject.id, latest, limit: limit + 1 }
  const found: readonly Authorization[] =
    after === undefined ? await read.all(firstPage, slots) : await read.all(laterPage, { ...slots, after })
  const authorizations = found.slice(0, limit)
  return { authorizations, next: found.length > limit ? authorizations.at(-1)?.id : undefined }
}

const live = (db: Kysely<Database>, slots: Slots) =>
  db
    .selectFrom('authorizations')
    .select(authorizationColumns)
    .where('subject_kind', '=', slots.kind)
    .where('subject_id', '=', slots.id)
    .where(isActive(slots.latest))
    .orderBy('id', 'desc')
    .limit(slots.limit)

const firstPage = positional<Slots>()(live, authorizationFrom)

const laterPage = positional<Slots & { after: string }>()(
  (db, slots) => live(db, slots).where('id', '<', slots.after),
  authorizationFrom,
)
