import type { Authorization, Cap, CreateOptions } from '@countersign/core'
import type { Kysely } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Executor } from '../engine/engine.ts'
import type { Database } from '../schema/database.ts'
import { flag, integer, text } from '../schema/kind.ts'
import { type Given, row, type Slots, selecting } from '../schema/row.ts'
import { number, statement } from '../schema/statement.ts'
import { authorizations } from '../schema/tables.ts'
import { unseen } from '../schema/unseen.ts'
import { isActiveAsNumber } from '../validity/active.ts'
import { end } from './revoke.ts'

/** So many rows are read beyond the cap, to find Authorizations that have ended. */
const mostEnded = 1000

/** What is revoked so that a new one fits under the cap. */
interface Displaced {
  /** Have expired, or ended by disuse or with their subject's sessions. */
  readonly ended: readonly string[]
  /** Are active, and are revoked in favour of the new one. */
  readonly yielding: readonly Held[]
}

/**
 * Finds what a new Authorization displaces under a cap; writes nothing. For most callers one query on an index shows that the cap
 * is not reached. Only at the cap are the rows read, to find those that have ended and those that yield.
 */
export const displacedBy = async (
  execute: Executor,
  cap: Cap,
  authorization: Authorization,
  { replacing = false, ending }: Omit<CreateOptions, 'sole'>,
): Promise<Displaced | 'full'> => {
  const [sort, given] = [sortOf(cap.among), slotsOf(cap, authorization)]
  const count = (await execute.first(countBy[sort], { ...given, limit: cap.most })) ?? 0
  if (count < cap.most) return { ended: [], yielding: [] }
  const found = await execute.all(heldBy[sort], given)
  const staying = found.filter(
    ({ active, id, dialect }) => active && id !== ending?.id && !(replacing && dialect === authorization.dialect),
  )
  const excess = staying.length + 1 - cap.most
  const yielding = excess > 0 ? yieldingOf(staying, cap).slice(0, excess) : []
  if (yielding.length < excess) return 'full'
  return { ended: found.filter(({ active }) => !active).map(({ id }) => id), yielding }
}

export const revokeDisplaced = async (
  execute: Executor,
  cap: Cap,
  { ended, yielding }: Displaced,
  at: number,
): Promise<void> => {
  for (const id of ended) await end(execute, id, at)
  for (const { id, dialect } of yielding) {
    await end(execute, id, at)
    await writeAudit(execute, { ...cap.yielded, authorizationId: id, dialect })
  }
}

/** Those that yield, the longest unused first. */
const yieldingOf = (staying: readonly Held[], { yields, latest, lastUse }: Cap): readonly Held[] => {
  const used = staying.map((one) => ({ ...one, lastActiveAt: Math.max(one.lastActiveAt, lastUse(one.id) ?? 0) }))
  const isUnused = ({ lastActiveAt, accessLifetimeSeconds }: Held) => lastActiveAt + accessLifetimeSeconds < latest
  const candidates = yields === 'none' ? [] : yields === 'any' ? used : used.filter(isUnused)
  return [...candidates].sort((a, b) => a.lastActiveAt - b.lastActiveAt)
}

type Sort = 'dialect' | 'client' | 'otherDialects'

const sortOf = (among: Cap['among']): Sort => (typeof among === 'string' ? among : 'otherDialects')

const { subject, kind, dialect, clientId, accessLifetimeSeconds, createdAt, rotatedAt, lastUsedAt } =
  authorizations.definition

const slots = { subject, kind, dialect, clientId, latest: integer, limit: integer } as const

const slotsOf = ({ among, most, latest }: Cap, authorization: Authorization): Given<typeof slots> => ({
  ...authorization,
  dialect: typeof among === 'string' ? authorization.dialect : among.otherThan,
  latest,
  limit: most + mostEnded,
})

/** In the order of the index on what is not revoked. */
const unrevoked = (db: Kysely<Database>, given: Slots<typeof slots>, sort: Sort) =>
  db
    .selectFrom('authorizations')
    .where('subject_kind', '=', given.subject.kind)
    .where('subject_id', '=', given.subject.id)
    .where('kind', '=', unseen(given.kind))
    .where('dialect', sort === 'otherDialects' ? '<>' : '=', given.dialect)
    .$if(sort === 'client', (rows) => rows.where('client_id', '=', given.clientId))
    .where('revoked_at', 'is', null)
    .limit(given.limit)

const held = row(
  { id: text, dialect, accessLifetimeSeconds, createdAt, rotatedAt, lastUsedAt, active: flag },
  (found) => ({
    ...found,
    lastActiveAt: Math.max(found.createdAt, found.rotatedAt ?? 0, found.lastUsedAt ?? 0),
  }),
)
type Held = ReturnType<typeof held.decode>

const heldOf = (sort: Sort) =>
  statement(
    slots,
    (db, given) =>
      unrevoked(db, given, sort).select((eb) => selecting(held, { active: isActiveAsNumber(given.latest)(eb) })),
    held.decode,
  )

/** Counts up to the limit, with those that have ended. */
const countOf = (sort: Sort) =>
  statement(
    slots,
    (db, given) =>
      db.selectFrom(unrevoked(db, given, sort).select('id').as('found')).select(({ fn }) => fn.countAll().as('count')),
    number,
  )

const bySort = <S>(of: (sort: Sort) => S): Readonly<Record<Sort, S>> => ({
  dialect: of('dialect'),
  client: of('client'),
  otherDialects: of('otherDialects'),
})

export const heldBy = bySort(heldOf)
export const countBy = bySort(countOf)
