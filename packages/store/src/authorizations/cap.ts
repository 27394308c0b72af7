import type { Authorization, Cap, CreateOptions } from '@countersign/core'
import type { Kysely } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import { integer, optionalInteger, text } from '../schema/column.ts'
import type { AuthorizationsTable, Database } from '../schema/schema.ts'
import { positional, statement } from '../schema/statement.ts'
import { isActive } from '../validity/active.ts'
import { revokeOne } from './revoke.ts'

/** Rows are read beyond the cap, so that what has ended is found; no more than these at a time. */
const mostEnded = 1000

/** What is revoked so that a new one fits in. */
interface Room {
  /** Has ended already, of age or disuse or with its subject's sessions. */
  readonly ended: readonly string[]
  readonly yielding: readonly Held[]
}

/**
 * Finds room for a new Authorization; nothing is written. One query that reads an index alone tells most callers that there is
 * room. Only at the cap are the rows read, to tell those that have ended and those that make room.
 */
export const roomWithin = async (
  execute: Executor,
  cap: Cap,
  authorization: Authorization,
  { replacing = false, ending }: Omit<CreateOptions, 'sole'>,
): Promise<Room | 'full'> => {
  const [sort, slots] = [sortOf(cap.among), slotsOf(cap, authorization)]
  const { count } = (await execute.first(countBy[sort], { ...slots, limit: cap.most })) ?? { count: 0 }
  if (integer(count) < cap.most) return { ended: [], yielding: [] }
  const held = await execute.all(heldBy[sort], slots)
  const staying = held.filter(
    ({ active, id, dialect }) => active && id !== ending?.id && !(replacing && dialect === authorization.dialect),
  )
  const excess = staying.length + 1 - cap.most
  const yielding = excess > 0 ? yieldingOf(staying, cap).slice(0, excess) : []
  if (yielding.length < excess) return 'full'
  return { ended: held.filter(({ active }) => !active).map(({ id }) => id), yielding }
}

export const makeRoom = async (execute: Executor, cap: Cap, { ended, yielding }: Room, at: number): Promise<void> => {
  for (const id of ended) await execute.run(revokeOne, { id, at })
  for (const { id, dialect } of yielding) {
    await execute.run(revokeOne, { id, at })
    await writeAudit(execute, { ...cap.yielded, authorizationId: id, dialect })
  }
}

/** Those that make room, unused for longest first. */
const yieldingOf = (held: readonly Held[], { yields, latest, lastUse }: Cap): readonly Held[] => {
  const used = held.map((one) => ({ ...one, lastActiveAt: Math.max(one.lastActiveAt, lastUse(one.id) ?? 0) }))
  const isUnused = ({ lastActiveAt, accessLifetimeSeconds }: Held) => lastActiveAt + accessLifetimeSeconds < latest
  const spare = yields === 'none' ? [] : yields === 'any' ? used : used.filter(isUnused)
  return [...spare].sort((a, b) => a.lastActiveAt - b.lastActiveAt)
}

interface Held {
  readonly id: string
  readonly dialect: string
  readonly accessLifetimeSeconds: number
  readonly lastActiveAt: number
  readonly active: boolean
}

type Sort = 'dialect' | 'client' | 'otherDialects'

const sortOf = (among: Cap['among']): Sort => (typeof among === 'string' ? among : 'otherDialects')

interface Slots extends Pick<AuthorizationsTable, 'subject_kind' | 'subject_id' | 'kind' | 'dialect' | 'client_id'> {
  readonly latest: number
  readonly limit: number
}

const slotsOf = ({ among, most, latest }: Cap, { subject, kind, dialect, clientId }: Authorization): Slots => ({
  subject_kind: subject.kind,
  subject_id: subject.id,
  kind,
  dialect: typeof among === 'string' ? dialect : among.otherThan,
  client_id: clientId,
  latest,
  limit: most + mostEnded,
})

/** As the index is made that holds what is not revoked. */
const unrevoked = (db: Kysely<Database>, slots: Slots, sort: Sort) =>
  db
    .selectFrom('authorizations')
    .where('subject_kind', '=', slots.subject_kind)
    .where('subject_id', '=', slots.subject_id)
    .where('kind', '=', slots.kind)
    .where('dialect', sort === 'otherDialects' ? '<>' : '=', slots.dialect)
    .$if(sort === 'client', (rows) => rows.where('client_id', '=', slots.client_id))
    .where('revoked_at', 'is', null)
    .limit(slots.limit)

const heldOf = (sort: Sort) =>
  positional<Slots>()(
    (db, slots) =>
      unrevoked(db, slots, sort).select((eb) => [
        'id',
        'dialect',
        'access_lifetime_seconds',
        'created_at',
        'rotated_at',
        'last_used_at',
        eb.case().when(isActive(slots.latest)(eb)).then(1).else(0).end().as('active'),
      ]),
    (row): Held => ({
      id: text(row[0]),
      dialect: text(row[1]),
      accessLifetimeSeconds: integer(row[2]),
      lastActiveAt: Math.max(integer(row[3]), optionalInteger(row[4]) ?? 0, optionalInteger(row[5]) ?? 0),
      active: integer(row[6]) === 1,
    }),
  )

/** Whether they have ended or not, and no more of them than the limit. */
const countOf = (sort: Sort) =>
  statement<Slots>()((db, slots) =>
    db
      .selectFrom(unrevoked(db, slots, sort).select('id').as('found'))
      .select(({ fn }) => fn.countAll<number>().as('count')),
  )

const bySort = <S>(of: (sort: Sort) => S): Readonly<Record<Sort, S>> => ({
  dialect: of('dialect'),
  client: of('client'),
  otherDialects: of('otherDialects'),
})

export const heldBy = bySort(heldOf)
export const countBy = bySort(countOf)
