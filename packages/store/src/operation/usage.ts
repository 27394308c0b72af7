import type { Usage } from '@countersign/core'
import type { Engine } from '../engine/engine.ts'
import { integer, text } from '../schema/kind.ts'
import { changing, insert, update } from '../schema/statement.ts'
import { issueCounts, useOrigin } from '../schema/tables.ts'
import { isInUse } from '../validity/active.ts'

/** Last uses and counts of issued tokens, collected in memory and written together. */
export const usageOn = (engine: Engine): Usage => ({
  record: ({ latest, uses, issues }) =>
    engine.write([], async (execute) => {
      for (const [id, { at, from }] of uses) await execute.run(touch, { id, at, from, latest })
      for (const { clientId, minute, count } of issues) {
        await execute.run(addIssues, { clientId, minute, issued: count })
      }
    }),
})

/** A late report does not revive an Authorization that ended by inactivity (I3). */
const touch = changing(
  ({ id }) => [id],
  update('authorizations', { id: text, at: integer, from: useOrigin, latest: integer }, (rows, slots) =>
    rows
      .set({
        last_used_at: slots.at,
        last_used_from_address: slots.from.address,
        last_used_from_agent: slots.from.agent,
        last_used_from_client_id: slots.from.clientId,
      })
      .where('id', '=', slots.id)
      .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', slots.at)]))
      .where(isInUse(slots.latest)),
  ),
)

const addIssues = insert(issueCounts, (into, values) =>
  into
    .values(values)
    .onConflict((conflict) =>
      conflict
        .columns(['minute', 'client_id'])
        .doUpdateSet((eb) => ({ issued: eb('issue_counts.issued', '+', eb.ref('excluded.issued')) })),
    ),
)
