import { type Expression, sql } from 'kysely'

/**
 * A text that is compared with a column on which an index has a condition. SQLite looks at a bare parameter, to see whether the index
 * can be used, and therefore compiles the statement anew each time that it is bound. This takes ten times as long as a short list.
 */
export const unseen = <T>(value: Expression<T>) => sql<T>`cast(${value} as text)`
