import type { AuditEvent, Enrolment, Resealing } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { clearSlot, insertSecret } from '../factors/slots.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { bytes, integer, text } from '../schema/kind.ts'
import { part } from '../schema/row.ts'
import { excluded, insert, select, unanswered, update } from '../schema/statement.ts'
import { enrolments, keySets, sealedSecrets, users } from '../schema/tables.ts'
import { addOne } from '../sequences/numbers.ts'

/** How many values of each kind were sealed anew. */
export interface ResealedRows {
  readonly keySets: number
  readonly totpSecrets: number
  readonly passwordHashes: number
  /** TOTP secrets and hashes that the old key did not open. They are left as they are. */
  readonly unreadable: number
}

export interface SealAnewOptions {
  readonly resealing: Resealing
  /** Of the entry in the trail. Default is none. */
  readonly audit?: (done: ResealedRows) => AuditEvent
  /** Is asked last. What it throws undoes everything. */
  readonly beforeCommit?: (execute: Executor) => Promise<void>
}

/**
 * This folder owns what the master key seals in the database.
 *
 * Seals everything anew that depends on the master key, in one commit. Every process that holds the old key learns of it by the
 * revision of the keys, and can open none of them any more.
 *
 * @throws SealError if the old key does not open a key set; nothing is changed then.
 */
export const sealAnew = (engine: Engine, options: SealAnewOptions): Promise<ResealedRows> =>
  engine.write([aloneOn.schema, aloneOn.keySets], async (execute) => {
    const { resealing, audit, beforeCommit } = options
    const sets = await resealKeySets(execute, resealing)
    const { sealed: pepper } = (await execute.first(findPepper, {})) ?? {}
    await execute.run(putPepper, { name: 'password_pepper', sealed: resealing.pepper(pepper) })
    const secrets = await resealTotpSecrets(execute, resealing)
    const hashes = await resealHashes(execute, resealing)
    const unreadable = secrets.unreadable + hashes.unreadable
    const rows = { keySets: sets, totpSecrets: secrets.done, passwordHashes: hashes.done, unreadable }
    await execute.run(addOne, { name: 'keys_revision' })
    if (audit) await writeAudit(execute, audit(rows))
    await beforeCommit?.(execute)
    return rows
  })

const resealKeySets = async (execute: Executor, resealing: Resealing): Promise<number> => {
  const sets = await execute.all(listKeySets, {})
  for (const set of sets) await execute.run(changeKeySet, { number: set.number, sealed: resealing.keySet(set) })
  return sets.length
}

interface Outcome {
  readonly done: number
  readonly unreadable: number
}

/** Few at a time: a database may have more users than fit into memory. */
const pageRows = 500

/** A guard refuses to change a secret in its row: each row is made anew. */
const resealTotpSecrets = (execute: Executor, { totpSecret }: Resealing): Promise<Outcome> =>
  inPages<Enrolment>(
    (last) => execute.all(pageOfSecrets, { userId: last?.userId ?? '', slot: last?.slot ?? noSlot, limit: pageRows }),
    async (enrolment) => {
      const sealed = totpSecret(enrolment.userId, enrolment.sealed)
      if (sealed === undefined) return false
      await execute.run(unanswered(clearSlot), enrolment)
      await execute.run(unanswered(insertSecret), { ...enrolment, sealed })
      return true
    },
  )

/** Before every slot. */
const noSlot = '' as Enrolment['slot']

const resealHashes = (execute: Executor, { passwordHash }: Resealing): Promise<Outcome> =>
  inPages<{ readonly id: string; readonly passwordHash: string | undefined }>(
    (last) => execute.all(pageOfHashes, { id: last?.id ?? '', limit: pageRows }),
    async ({ id, passwordHash: stored = '' }) => {
      const sealed = passwordHash(stored)
      if (sealed === undefined) return false
      await execute.run(changeHash, { id, passwordHash: sealed })
      return true
    },
  )

/** @param reseal Whether the row could be resealed. */
const inPages = async <Row>(
  pageAfter: (last: Row | undefined) => Promise<readonly Row[]>,
  reseal: (row: Row) => Promise<boolean>,
): Promise<Outcome> => {
  let done = 0
  let unreadable = 0
  for (let rows = await pageAfter(undefined); rows.length > 0; rows = await pageAfter(rows.at(-1))) {
    for (const row of rows) {
      if (await reseal(row)) done++
      else unreadable++
    }
  }
  return { done, unreadable }
}

const listKeySets = select(part(keySets, 'number', 'kid', 'sealed'), {}, (rows) => rows)

const changeKeySet = update('key_sets', { number: integer, sealed: bytes }, (rows, slots) =>
  rows.set({ sealed: slots.sealed }).where('number', '=', slots.number),
)

const findPepper = select(part(sealedSecrets, 'sealed'), {}, (rows) =>
  rows.where('name', '=', sql.lit('password_pepper')),
)

const putPepper = insert(sealedSecrets, (rows, values) =>
  rows.values(values).onConflict((on) => on.column('name').doUpdateSet(excluded('sealed'))),
)

const { userId, slot } = enrolments.definition

const pageOfSecrets = select(enrolments, { userId, slot, limit: integer }, (rows, slots) =>
  rows
    .where(sql<boolean>`(user_id, slot) > (${slots.userId}, ${slots.slot})`)
    .orderBy('user_id')
    .orderBy('slot')
    .limit(slots.limit),
)

const pageOfHashes = select(part(users, 'id', 'passwordHash'), { id: text, limit: integer }, (rows, slots) =>
  rows.where('password_hash', 'is not', null).where('id', '>', slots.id).orderBy('id').limit(slots.limit),
)

const changeHash = unanswered(
  update('users', { id: text, passwordHash: text }, (rows, slots) =>
    rows.set({ password_hash: slots.passwordHash }).where('id', '=', slots.id),
  ),
)
