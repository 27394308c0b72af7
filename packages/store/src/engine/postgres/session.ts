import type { Bindable, Column } from '../statement.ts'
import { PostgresFault } from './fault.ts'

export interface Query {
  readonly text: string
  readonly values?: readonly Bindable[]
  /** The name of a statement that the connection keeps prepared. */
  readonly name?: string | undefined
}

export interface Result {
  /** Each row as its columns, in the order of the select list. */
  readonly rows: readonly (readonly Column[])[]
  readonly columns: readonly string[]
  /** How many rows were changed, or found. */
  readonly count: number
  /** The command as the database names it, such as `COMMIT`. */
  readonly command: string
}

/** A connection, lent to one caller. Rejects with `PostgresFault` alone. */
export interface Session {
  /**
   * Queries are answered in order. A query may be sent before the one before it is answered. Those of one turn of the event loop may be
   * sent together: if one of them fails, those after it are not executed.
   */
  query(query: Query): Promise<Result>
  /** @param isBroken Whether the connection is not to be lent again. */
  release(isBroken: boolean): void
}

/** Connections to one database. */
export interface Sessions {
  take(): Promise<Session>
  /** What shows an operator which database it is, without a secret. */
  readonly label: string
  close(): Promise<void>
}

/** Takes a connection for some work, which leaves it outside of a transaction. */
export const lent = async <T>(sessions: Sessions, work: (session: Session) => Promise<T>): Promise<T> => {
  const session = await sessions.take()
  let isBroken = false
  try {
    return await work(session)
  } catch (error) {
    isBroken = error instanceof PostgresFault && error.isOfConnection
    throw error
  } finally {
    session.release(isBroken)
  }
}
