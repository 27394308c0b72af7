import type { Authorization, AuthorizationPage, Authorizations } from '@countersign/core'
import { issuerApiId } from '@countersign/core'
import { sql } from 'kysely'
import type { Executor } from '../engine/engine.ts'
import { ifGiven, integer, text } from '../schema/kind.ts'
import { rowOrAbsent } from '../schema/row.ts'
import { byShape, countRows, select } from '../schema/statement.ts'
import { authorizations } from '../schema/tables.ts'
import { unseen } from '../schema/unseen.ts'
import { pageOf } from '../sequences/page.ts'
import { isActive } from '../validity/active.ts'

type LiveQuery = Parameters<Authorizations['listLive']>[0]

/** Newest first: ids begin with the time of creation. */
export const listLive = async (read: Executor, query: LiveQuery): Promise<AuthorizationPage> => {
  const { subject, kind, dialect, latest, limit, after } = query
  const slots = { subject, kind, dialect, latest, limit: limit + 1, after }
  const { rows, next } = pageOf(await read.all(live(shapeOf(query)), slots), limit)
  return { authorizations: rows, next }
}

type ExpiringQuery = Parameters<Authorizations['listExpiring']>[0]

export const listExpiring = (read: Executor, query: ExpiringQuery): Promise<readonly Authorization[]> =>
  read.all(expiring, query)

const expiring = select(authorizations, { latest: integer, until: integer, limit: integer }, (rows, given) =>
  rows
    .where(isActive(given.latest))
    .where('kind', '=', sql.lit('personal'))
    .where('kind', '<>', sql.lit('session'))
    .where('expires_at', '<', given.until)
    // Not by the index of expiry, which has all sessions: the sum is no column.
    .orderBy(sql`expires_at + 0`)
    .limit(given.limit),
)

type OthersQuery = Parameters<Authorizations['countMeantForOthers']>[0]

/**
 * The audience is a JSON list of strings; a string in it is enclosed in quotes. What is for registered APIs alone has no issuer in
 * it, whichever it is.
 */
export const countMeantForOthers = async (read: Executor, { issuer, latest }: OthersQuery): Promise<number> => {
  const own = `%${JSON.stringify(issuer).replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`
  return (await read.first(countOthers, { own, latest })) ?? 0
}

const countOthers = countRows('authorizations', { own: text, latest: integer }, (rows, { own, latest }) =>
  rows
    .where(isActive(latest))
    .where('kind', '<>', sql.lit('standing'))
    .where(sql<boolean>`${sql.ref('audience')} not like ${own} escape '\\'`)
    .where((eb) => eb.or([eb('apis', '=', sql.lit('[]')), eb('apis', 'like', sql.lit(`%"id":"${issuerApiId}"%`))])),
)

/** Which conditions a list has. */
export interface Shape {
  readonly ofSubject: boolean
  readonly kind: 'any' | 'session' | 'other'
  readonly ofDialect: boolean
  readonly later: boolean
}

const shapeOf = ({ subject, kind, dialect, after }: LiveQuery): Shape => ({
  ofSubject: subject !== undefined,
  kind: kind === undefined ? 'any' : kind === 'session' ? kind : 'other',
  ofDialect: dialect !== undefined,
  later: after !== undefined,
})

/** Parameters that the shape does not use are absent. */
const slots = {
  subject: rowOrAbsent(authorizations.definition.subject),
  kind: ifGiven(authorizations.definition.kind),
  dialect: ifGiven(text),
  latest: integer,
  limit: integer,
  after: ifGiven(text),
} as const

export const live = byShape(({ ofSubject, kind, ofDialect, later }: Shape) =>
  select(authorizations, slots, (rows, given) =>
    rows
      .where(isActive(given.latest))
      .$if(ofSubject, (found) =>
        found.where('subject_kind', '=', given.subject.kind).where('subject_id', '=', given.subject.id),
      )
      .$if(kind !== 'any', (found) => found.where('kind', '=', unseen(given.kind)))
      // The index by kind holds no sessions: this condition lets SQLite use it for a list of all users.
      .$if(kind === 'other' && !ofSubject, (found) => found.where('kind', '<>', sql.lit('session')))
      .$if(ofDialect, (found) => found.where('dialect', '=', given.dialect))
      .$if(later, (found) => found.where('id', '<', given.after))
      .orderBy('id', 'desc')
      .limit(given.limit),
  ),
)
