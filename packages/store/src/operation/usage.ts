import type { Usage } from '@countersign/core'
import type { Engine } from '../engine/engine.ts'
import type { IssueCountsTable } from '../schema/schema.ts'
import { statement } from '../schema/statement.ts'
import { isInUse } from '../validity/active.ts'

/** After this many rows the event loop gets a turn: a report may be long, and its commit is one. */
const rowsPerTurn = 256

/** What is counted in memory and written together. */
export const usageOn = (engine: Engine): Usage => ({
  record: ({ latest, uses, issues }) =>
    engine.write(async (execute) => {
      let rows = 0
      for (const [id, at] of uses) {
        await execute.run(touch, { id, at, latest })
        if (++rows % rowsPerTurn === 0) await nextTurn()
      }
      for (const { clientId, minute, count } of issues) {
        await execute.run(addIssues, { client_id: clientId, minute, issued: count })
        if (++rows % rowsPerTurn === 0) await nextTurn()
      }
    }),
})

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A use that is told of late brings nothing back that ended by inactivity meanwhile (I3). */
const touch = statement<{ id: string; at: number; latest: number }>()((db, slots) =>
  db
    .updateTable('authorizations')
    .set({ last_used_at: slots.at })
    .where('id', '=', slots.id)
    .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', slots.at)]))
    .where(isInUse(slots.latest)),
)

const addIssues = statement<IssueCountsTable>()((db, slots) =>
  db
    .insertInto('issue_counts')
    .values({ client_id: slots.client_id, minute: slots.minute, issued: slots.issued })
    .onConflict((conflict) =>
      conflict.columns(['minute', 'client_id']).doUpdateSet((eb) => ({
        issued: eb('issue_counts.issued', '+', eb.ref('excluded.issued')),
      })),
    ),
)
