/* Which changes the revocation feed tells: the rule in one place for every test of it. */
import type { Change, ObservedUnit } from './drivers/change.ts'

/** What ends tokens before their time, by table: an update of these columns, or a verb. */
const endings: Readonly<Record<string, { readonly columns?: readonly string[]; readonly verb?: Change['verb'] }>> = {
  authorizations: { columns: ['revoked_at'] },
  revoked_tokens: { verb: 'insert' },
  // Disabling a user or a client raises the epoch as well.
  users: { columns: ['sessions_epoch', 'personal_epoch', 'role'], verb: 'delete' },
  clients: { columns: ['epoch'], verb: 'delete' },
  apis: { verb: 'delete' },
  key_sets: { columns: ['revoked_at'] },
}

const isEnding = ({ table, verb, columns }: Change): boolean => {
  const its = endings[table]
  if (its === undefined) return false
  return verb === its.verb || (verb === 'update' && columns.some((column) => its.columns?.includes(column) === true))
}

const isEntry = ({ table, verb }: Change): boolean => table === 'revocations' && verb === 'insert'

/** Every change of an API sets the same columns, whether it concerns tokens or not. */
const mayEnd = ({ table, verb }: Change): boolean => table === 'apis' && verb === 'update'

/** Whether a unit ended something. */
export const endsSomething = ({ changes }: ObservedUnit): boolean => changes.some(isEnding)

/** Whatever ends is in the feed, in its commit; and there is no entry without an end (N-640). */
export const isFed = (unit: ObservedUnit): boolean => {
  const isTold = unit.changes.some(isEntry)
  return isTold === endsSomething(unit) || (isTold && unit.changes.some(mayEnd))
}
