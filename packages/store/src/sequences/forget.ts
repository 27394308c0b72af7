import type { Engine, Executor } from '../engine/engine.ts'
import type { Pause } from '../engine/pause.ts'
import type { Statement } from '../engine/statement.ts'
import { integer } from '../schema/kind.ts'
import type { Given } from '../schema/row.ts'

/** Rows per unit. Each is in up to seven indexes, so that so many take 1 to 2 ms of the event loop, and their commit is small. */
export const batchSize = 100

/** Requests have the event loop and the disk for four fifths of the time. */
const restsPerWork = 4
const longestRestMilliseconds = 200

/** The parameters of a statement that removes rows. */
export const batch = { before: integer, limit: integer } as const

/** Removes batch after batch, each in its own commit, until one was not full or `signal` is aborted. Returns the number of rows. */
export const forget = (
  engine: Engine,
  what: Statement<Given<typeof batch>, unknown>,
  before: number,
  signal?: AbortSignal,
): Promise<number> => forgetBy(engine, (execute, limit) => execute.run(what, { before, limit }), signal)

/** The same, where a batch is more than one statement. */
export const forgetBy = async (
  engine: Engine,
  removeBatch: (execute: Executor, limit: number) => Promise<number>,
  signal?: AbortSignal,
): Promise<number> => {
  let removed = 0
  for (;;) {
    const began = engine.pause.elapsedMilliseconds()
    const changes = await engine.write([], (execute) => removeBatch(execute, batchSize))
    removed += changes
    if (changes < batchSize || signal?.aborted) return removed
    await rest(engine.pause, began)
  }
}

/** Waits in proportion to the work since `began`, so that a slow disk and a busy machine slow it down. */
export const rest = (pause: Pause, began: number): Promise<void> =>
  pause.wait(Math.min(longestRestMilliseconds, restsPerWork * (pause.elapsedMilliseconds() - began)))
