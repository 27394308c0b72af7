import type { Authorization, AuthorizationPage, Authorizations } from '@countersign/core'
import { type Kysely, sql } from 'kysely'
import type { Executor } from '../engine/engine.ts'
import type { Statement } from '../engine/statement.ts'
import { integer } from '../schema/column.ts'
import type { AuthorizationsTable, Database } from '../schema/schema.ts'
import { positional, statement } from '../schema/statement.ts'
import { pageOf } from '../sequences/page.ts'
import { isActive } from '../validity/active.ts'
import { authorizationColumns, authorizationFrom } from './row.ts'

type LiveQuery = Parameters<Authorizations['listLive']>[0]

/** Newest first: ids begin with the time of creation. */
export const listLive = async (read: Executor, query: LiveQuery): Promise<AuthorizationPage> => {
  const { subject, kind, dialect, latest, limit, after } = query
  const slots = { subjectKind: subject?.kind, subjectId: subject?.id, kind, dialect, latest, limit: limit + 1, after }
  const { rows, next } = pageOf(await read.all(live(shapeOf(query)), slots), limit)
  return { authorizations: rows, next }
}

type OthersQuery = Parameters<Authorizations['countMeantForOthers']>[0]

/** The audience is a JSON list of strings; a string in it is enclosed in quotes. */
export const countMeantForOthers = async (read: Executor, { issuer, latest }: OthersQuery): Promise<number> => {
  const own = `%${JSON.stringify(issuer).replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`
  return integer((await read.first(countOthers, { own, latest }))?.count ?? 0)
}

const countOthers = statement<{ own: string; latest: number }>()((db, slots) =>
  db
    .selectFrom('authorizations')
    .select((eb) => eb.fn.countAll().as('count'))
    .where(isActive(slots.latest))
    .where('kind', '<>', sql.lit('standing'))
    .where(sql<boolean>`${sql.ref('audience')} not like ${slots.own} escape '\\'`),
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

interface Given {
  readonly subjectKind: AuthorizationsTable['subject_kind']
  readonly subjectId: string
  readonly kind: AuthorizationsTable['kind']
  readonly dialect: string
  readonly latest: number
  readonly limit: number
  readonly after: string
}

/** Absent is what the shape does not ask for. */
type Slots = { readonly [K in keyof Given]: Given[K] | undefined }

/** One statement per shape: a condition that is not meant is not there, and each list finds the index that is made for it. */
const liveByShape = new Map<string, Statement<Slots, Authorization>>()

export const live = (shape: Shape): Statement<Slots, Authorization> => {
  const key = Object.values(shape).join()
  const known = liveByShape.get(key)
  if (known !== undefined) return known
  const made = positional<Slots>()((db, slots) => build(db, slots as Given, shape), authorizationFrom)
  liveByShape.set(key, made)
  return made
}

const build = (db: Kysely<Database>, slots: Given, { ofSubject, kind, ofDialect, later }: Shape) =>
  db
    .selectFrom('authorizations')
    .select(authorizationColumns)
    .where(isActive(slots.latest))
    .$if(ofSubject, (rows) =>
      rows.where('subject_kind', '=', slots.subjectKind).where('subject_id', '=', slots.subjectId),
    )
    .$if(kind !== 'any', (rows) => rows.where('kind', '=', slots.kind))
    // The index by kind holds no sessions: saying so opens it to a list of everybody's, and to no other.
    .$if(kind === 'other' && !ofSubject, (rows) => rows.where('kind', '<>', sql.lit('session')))
    .$if(ofDialect, (rows) => rows.where('dialect', '=', slots.dialect))
    .$if(later, (rows) => rows.where('id', '<', slots.after))
    .orderBy('id', 'desc')
    .limit(slots.limit)
