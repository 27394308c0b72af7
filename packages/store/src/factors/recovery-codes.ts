import type { RecoveryCodes } from '@countersign/core'
import { writeAudit } from '../audit/audit.ts'
import type { Engine } from '../engine/engine.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { bytes, integer, text } from '../schema/kind.ts'
import { countRows, insert, remove, update } from '../schema/statement.ts'
import { recoveryCodes } from '../schema/tables.ts'
import { writeOn } from '../validity/condition.ts'
import { raiseVersion } from '../validity/epochs.ts'

/** Single-use codes, as digests. A spent one keeps its row until all are replaced: the schema refuses to reset it. */
export const recoveryCodesOn = (engine: Engine): RecoveryCodes => ({
  replace: (userId, digests, audit, on) =>
    writeOn(engine, on, [aloneOn.user(userId)], async (execute) => {
      await execute.run(removeAll, { userId })
      for (const digest of digests) await execute.run(insertCode, { userId, digest })
      await execute.run(raiseVersion, { userId })
      await writeAudit(execute, audit)
      return 'replaced' as const
    }),
  spend: (userId, digest, at, audit) =>
    engine.write([], async (execute) => {
      if ((await execute.run(spend, { userId, digest, at })) === 0) return 'unknown'
      await writeAudit(execute, audit)
      return 'spent'
    }),
  countLeft: async (userId) => (await engine.read.first(countLeft, { userId })) ?? 0,
})

export const removeAll = remove('recovery_codes', { userId: text }, (rows, slots) =>
  rows.where('user_id', '=', slots.userId),
)

const insertCode = insert(recoveryCodes)

const spend = update('recovery_codes', { userId: text, digest: bytes, at: integer }, (rows, slots) =>
  rows
    .set({ spent_at: slots.at })
    .where('user_id', '=', slots.userId)
    .where('digest', '=', slots.digest)
    .where('spent_at', 'is', null),
)

const countLeft = countRows('recovery_codes', { userId: text }, (rows, { userId }) =>
  rows.where('user_id', '=', userId).where('spent_at', 'is', null),
)
