import type { AuditEvent, Client, ClientChange, ClientCredential, Clients } from '@countersign/core'
import { StoreError } from '@countersign/core'
import { sql } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import { writeWide } from '../revocations/write.ts'
import { aloneOn } from '../schema/alone-on.ts'
import { bytes, integer, text } from '../schema/kind.ts'
import { row } from '../schema/row.ts'
import { insert, remembered, select, statement, update } from '../schema/statement.ts'
import { clientCredentials, clients } from '../schema/tables.ts'
import { nextPlace, pagesOf } from '../sequences/creation-order.ts'
import { writeOn } from '../validity/condition.ts'
import {
  addCredential,
  expireCredential,
  insertCredential,
  listCredentials,
  replaceCredentials,
  revokeCredential,
} from './credentials.ts'
import { removeClient } from './removal.ts'

/** Registered clients, and the digests of their secrets. */
export const clientsOn = (engine: Engine): Clients => ({
  find: (id) => engine.read.first(findById, { id }),
  findBySecret: (secretDigest) => engine.read.first(findBySecret, { secretDigest }),
  findByName: (name) => engine.read.first(findByName, { name }),
  findByIdOrName: (account) => engine.read.first(findByIdOrName, { account }),
  list: async (page) => {
    const { rows, next } = await pages(engine.read, page)
    return { clients: rows, next }
  },
  listExchangeTargets: async () => [...new Set((await engine.read.all(listExchangeTargets, {})).flat())],
  listCredentials: (clientId) => engine.read.all(listCredentials, { clientId }),
  create: (client, credential, audit, on) =>
    writeOn(engine, on, [aloneOn.clients], (execute) => create(execute, client, credential, audit)),
  addCredential: (credential, audit) => engine.write([], (execute) => addCredential(execute, credential, audit)),
  revokeCredential: (id, at, audit, on) =>
    writeOn(engine, on, [], (execute) => revokeCredential(execute, id, at, audit)),
  replaceCredentials: (credential, audit, on) =>
    writeOn(engine, on, [], (execute) => replaceCredentials(execute, credential, audit)),
  expireCredential: (id, expiresAt, audit, on) =>
    writeOn(engine, on, [], (execute) => expireCredential(execute, id, expiresAt, audit)),
  change: (id, change, audit, on) => writeOn(engine, on, [], (execute) => changeClient(execute, id, change, audit)),
  remove: (id, audit, on) => writeOn(engine, on, [aloneOn.client(id)], (execute) => removeClient(execute, id, audit)),
})

const create = async (execute: Executor, client: Client, credential: ClientCredential, audit: AuditEvent) => {
  if ((await execute.run(insertClient, client)) === 0) {
    if (await execute.first(findByName, { name: client.name })) return 'name_taken'
    throw new StoreError('conflict', new Error('a client of this id exists'))
  }
  await execute.run(insertCredential, credential)
  await writeAudit(execute, audit)
  return 'created'
}

const changeClient = async (execute: Executor, id: string, change: ClientChange, audit: AuditEvent) => {
  const { targets, disabledAt } = change
  if ((await execute.first(findById, { id })) === undefined) return 'unknown'
  if (targets) await execute.run(setTargets, { id, ...targets })
  if (disabledAt === null) await execute.run(setEnabled, { id })
  else if (disabledAt !== undefined) await execute.run(disableAndRevoke, { id, at: disabledAt })
  // The epoch was raised, so that the client's tokens have ended.
  if (targets || typeof disabledAt === 'number') await writeWide(execute, 'client', id, audit.at)
  await writeAudit(execute, audit)
  return 'changed'
}

const pages = pagesOf(clients)

const findById = remembered(select(clients, { id: text }, (rows, { id }) => rows.where('id', '=', id)))

const listExchangeTargets = remembered(
  statement(
    {},
    (db) => db.selectFrom('clients').select('apis').where('apis', '<>', sql.lit('[]')),
    ([apis]) => clients.definition.apis.decode(apis).flatMap(({ id, mayAct }) => (mayAct ? [id] : [])),
  ),
)

const findByIdOrName = select(clients, { account: text }, (rows, { account }) =>
  rows
    .where((eb) => eb.or([eb('id', '=', account), eb('name', '=', account)]))
    .orderBy((eb) => eb.case().when('id', '=', account).then(0).else(1).end())
    .limit(1),
)

const findByName = select(clients, { name: text }, (rows, { name }) => rows.where('name', '=', name))

const both = row({ client: clients, credential: clientCredentials })

const findBySecret = remembered(
  statement(
    { secretDigest: bytes },
    (db, { secretDigest }) =>
      db
        .selectFrom('client_credentials')
        .innerJoin('clients', 'clients.id', 'client_credentials.client_id')
        .select([...clients.qualified, ...clientCredentials.qualified])
        .where('client_credentials.secret_digest', '=', secretDigest),
    both.decode,
  ),
)

const insertClient = insert(clients, (into, values) =>
  into.values({ ...values, sequence: nextPlace('clients') }).onConflict((conflict) => conflict.doNothing()),
)

/** A client that is disabled already keeps its `disabled_at`. */
const disableAndRevoke = update('clients', { id: text, at: integer }, (rows, slots) =>
  rows
    .set((eb) => ({ disabled_at: eb.fn.coalesce('disabled_at', slots.at), epoch: eb('epoch', '+', 1) }))
    .where('id', '=', slots.id),
)

const setTargets = update(
  'clients',
  { id: text, scope: clients.definition.scope, apis: clients.definition.apis },
  (rows, slots) =>
    rows.set((eb) => ({ scope: slots.scope, apis: slots.apis, epoch: eb('epoch', '+', 1) })).where('id', '=', slots.id),
)

const setEnabled = update('clients', { id: text }, (rows, slots) =>
  rows.set({ disabled_at: null }).where('id', '=', slots.id),
)
