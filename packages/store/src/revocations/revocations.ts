import type { RevocationFeed, Revocations } from '@countersign/core'
import { StoreError } from '@countersign/core'
import type { Engine } from '../engine/engine.ts'
import { integer, text } from '../schema/kind.ts'
import { row } from '../schema/row.ts'
import { remembered, select, statement } from '../schema/statement.ts'
import { type MarkName, revocations } from '../schema/tables.ts'
import { collectGarbage } from './garbage.ts'

/**
 * This folder owns the revocation feed: its entries, which each transition writes in its own commit, its id, and how long entries are
 * kept.
 */
export const revocationsOn = (engine: Engine): Revocations => {
  const state = async (): Promise<RevocationFeed> => {
    const found = await engine.read.first(findState, {})
    if (found === undefined) throw new StoreError('conflict', new Error('the revocation feed has no id'))
    return found
  }
  return {
    state,
    listAfter: (sequence, limit) => engine.read.all(listAfter, { sequence, limit }),
    collectGarbage: (latest, signal) => collectGarbage(engine, latest, signal),
    watch: (listener) => watch(engine, state, listener),
  }
}

/** Reads the last position after each commit. If that fails, the listener is called, and meets the error itself. */
const watch = (engine: Engine, state: () => Promise<RevocationFeed>, listener: () => void): (() => void) => {
  let known: number | undefined
  const compare = ({ last }: RevocationFeed): void => {
    if (last === known) return
    known = last
    listener()
  }
  return engine.onCommit(() => void state().then(compare, () => listener()))
}

const listAfter = select(revocations, { sequence: integer, limit: integer }, (rows, slots) =>
  rows.where('sequence', '>', slots.sequence).orderBy('sequence').limit(slots.limit),
)

const feed = row({ feed: text, last: integer, forgotten: integer })

const findState = remembered(
  statement(
    {},
    (db) => {
      const mark = (name: MarkName) => db.selectFrom('marks').select('value').where('name', '=', name)
      return db
        .selectFrom('served')
        .select(['value as feed', mark('revocations_given').as('last'), mark('revocations_forgotten').as('forgotten')])
        .where('name', '=', 'feed')
    },
    feed.decode,
  ),
  { marks: () => ['revocations_given', 'revocations_forgotten'] },
)
