import { type SqlBool, sql } from 'kysely'
import type { Executor } from '../engine/engine.ts'
import { integer } from '../schema/kind.ts'
import { row, selecting } from '../schema/row.ts'
import { statement } from '../schema/statement.ts'

export type Trail = 'audit' | 'rotations'

/** Where an entry is in the order of its time. */
export interface OldEntry {
  readonly at: number
  readonly sequence: number
}

export const beforeAll: OldEntry = { at: -1, sequence: 0 }

/**
 * The entries of before a time, in the order of their times, page by page. A page is read from the index on the time. The newest entry
 * of the trail is left out: it stays, so that its place is not used again.
 */
export async function* oldPages(
  read: Executor,
  trail: Trail,
  { before, after = beforeAll, limit }: { readonly before: number; readonly after?: OldEntry; readonly limit: number },
): AsyncGenerator<readonly OldEntry[]> {
  for (let last: OldEntry | undefined = after; last !== undefined; ) {
    const page: readonly OldEntry[] = await read.all(pageOf[trail], { before, ...last, limit })
    if (page.length > 0) yield page
    last = page.length < limit ? undefined : page.at(-1)
  }
}

const entry = row({ at: integer, sequence: integer })

const pageOfTrail = (trail: Trail) =>
  statement(
    { before: integer, at: integer, sequence: integer, limit: integer },
    (db, slots) =>
      db
        .selectFrom(trail)
        .select(selecting(entry, {}))
        .where('at', '<', slots.before)
        .where(sql<SqlBool>`(at, sequence) > (${slots.at}, ${slots.sequence})`)
        .where('sequence', '<', sql<number>`(select max(sequence) from ${sql.table(trail)})`)
        .orderBy(sql`at`)
        .orderBy(sql`sequence`)
        .limit(slots.limit),
    entry.decode,
  )

const pageOf = { audit: pageOfTrail('audit'), rotations: pageOfTrail('rotations') } as const
