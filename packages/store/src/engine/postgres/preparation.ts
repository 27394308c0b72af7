import { PostgresFault, storeFault } from './fault.ts'
import { makeLocks } from './locks.ts'
import type { Session, Sessions } from './session.ts'

/** unique_violation, duplicate_table: another session made the same table, or row, at the same time. */
const madeAtOnce = ['23505', '42P07']

/** @throws StoreError */
export const lacksSchema = (sessions: Sessions): Promise<boolean> =>
  lent(sessions, async (session) => {
    const [row] = (await session.query({ text: `select to_regclass('schema_versions')` })).rows
    return row?.[0] === null
  })

/** @throws StoreError */
export const makeLockRows = (sessions: Sessions): Promise<void> =>
  lent(sessions, async (session) => {
    for (const text of makeLocks) {
      try {
        await session.query({ text })
      } catch (error) {
        if (!(error instanceof PostgresFault) || !madeAtOnce.includes(error.code ?? '')) throw error
        await session.query({ text })
      }
    }
  })

const lent = async <T>(sessions: Sessions, work: (session: Session) => Promise<T>): Promise<T> => {
  let session: Session | undefined
  try {
    session = await sessions.take()
    return await work(session)
  } catch (error) {
    throw storeFault(error)
  } finally {
    session?.release(false)
  }
}
