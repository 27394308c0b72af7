import type { Api, Apis, AuditEvent } from '@countersign/core'
import { changedApi, StoreError } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { writeWide } from '../revocations/write.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { integer, text } from '../schema/kind.ts'
import { insert, remembered, remove, select, statement, update } from '../schema/statement.ts'
import { apis, authorizations } from '../schema/tables.ts'
import { nextPlace, pagesOf } from '../sequences/creation-order.ts'
import { writeOn } from '../validity/condition.ts'
import { revokeEach, rowsPerTurn } from './removal.ts'

/** Registered APIs. */
export const apisOn = (engine: Engine): Apis => ({
  find: (id) => engine.read.first(findById, { id }),
  findByIdentifier: (identifier) => engine.read.first(findByIdentifier, { identifier }),
  list: async (page) => {
    const { rows, next } = await pages(engine.read, page)
    return { apis: rows, next }
  },
  listOrigins: async () => [...new Set((await engine.read.all(listOrigins, {})).flat())],
  create: (api, audit, on) => writeOn(engine, on, [aloneOn.apis], (execute) => create(execute, api, audit)),
  change: (id, change, audit, on) =>
    writeOn(engine, on, [aloneOn.api(id)], async (execute) => {
      const found = await execute.first(findById, { id })
      if (!found) return 'unknown'
      const changed = changedApi(found, change)
      await execute.run(store, changed)
      if (changesTokens(found, changed)) await writeWide(execute, 'api', id, audit.at)
      await writeAudit(execute, audit)
      return 'changed'
    }),
  remove: (id, audit, on) => writeOn(engine, on, [aloneOn.api(id)], (execute) => removeApi(execute, id, audit)),
})

const create = async (execute: Executor, api: Api, audit: AuditEvent) => {
  if ((await execute.run(insertApi, api)) === 0) {
    if (await execute.first(findByIdentifier, api)) return 'identifier_taken'
    throw new StoreError('conflict', new Error('an API of this id exists'))
  }
  await writeAudit(execute, audit)
  return 'created'
}

/**
 * Tokens name the id of the API's registration, so they are inactive when its row is gone. What was for this API alone is revoked
 * as well, so that lists do not show it and garbage collection finds it.
 */
const removeApi = async (execute: Executor, id: string, audit: AuditEvent) => {
  const found = await execute.first(findById, { id })
  if (!found) return 'unknown'
  await execute.run(deleteApi, { id })
  await revokeEach(execute, revokeOfApi, { audience: [found.identifier], at: audit.at, limit: rowsPerTurn })
  await writeWide(execute, 'api', id, audit.at)
  await writeAudit(execute, audit)
  return 'changed'
}

/** Whether tokens that were issued before may permit what the API no longer does, or have another form. */
const changesTokens = (from: Api, to: Api): boolean =>
  JSON.stringify(from.scopes) !== JSON.stringify(to.scopes) ||
  from.firstParty !== to.firstParty ||
  from.tokenForm !== to.tokenForm ||
  from.tokenType !== to.tokenType

const pages = pagesOf(apis)

const findById = remembered(select(apis, { id: text }, (rows, { id }) => rows.where('id', '=', id)))

const findByIdentifier = remembered(
  select(apis, { identifier: text }, (rows, { identifier }) => rows.where('identifier', '=', identifier)),
)

const listOrigins = remembered(
  statement(
    {},
    (db) => db.selectFrom('apis').select('allowed_origins').where('allowed_origins', '<>', sql.lit('[]')),
    ([origins]) => apis.definition.allowedOrigins.decode(origins),
  ),
)

const insertApi = insert(apis, (into, values) =>
  into.values({ ...values, sequence: nextPlace('apis') }).onConflict((conflict) => conflict.doNothing()),
)

const { id: _id, identifier: _identifier, createdAt: _createdAt, ...terms } = apis.definition

const store = update('apis', { id: text, ...terms }, (rows, { id, ...slots }) =>
  rows
    .set({
      name: slots.name,
      scopes: slots.scopes,
      token_form: slots.tokenForm,
      token_type: slots.tokenType,
      access_lifetime_seconds: slots.accessLifetimeSeconds,
      allowed_origins: slots.allowedOrigins,
      first_party: slots.firstParty,
    })
    .where('id', '=', id),
)

const deleteApi = remove('apis', { id: text }, (rows, { id }) => rows.where('id', '=', id))

export const revokeOfApi = update(
  'authorizations',
  { audience: authorizations.definition.audience, at: integer, limit: integer },
  (rows, slots) =>
    rows
      .set({ revoked_at: slots.at })
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('authorizations as granted')
          .select('granted.id')
          .where('granted.audience', '=', slots.audience)
          .where('granted.apis', '<>', sql.lit('[]'))
          .where('granted.revoked_at', 'is', null)
          .limit(slots.limit),
      ),
)
