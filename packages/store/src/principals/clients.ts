import type { AuditEvent, Client, ClientCredential, ClientPage, Clients } from '@countersign/core'
import { StoreError } from '@countersign/core'
import type { Kysely } from 'kysely'
import { writeAudit } from '../audit/audit.ts'
import type { Engine, Executor } from '../engine/engine.ts'
import type { Database } from '../schema/schema.ts'
import { positional, remembered, rowOf, statement } from '../schema/statement.ts'
import { madeAfter, nextPlace } from '../sequences/creation-order.ts'
import { pageOf } from '../sequences/page.ts'
import { writeOn } from '../validity/condition.ts'
import {
  type ClientRow,
  clientColumns,
  clientFrom,
  clientRow,
  credentialColumns,
  credentialFrom,
} from './client-row.ts'
import {
  addCredential,
  expireCredential,
  listCredentials,
  replaceCredentials,
  revokeCredential,
  storeCredential,
} from './credentials.ts'
import { removeClient } from './removal.ts'

/** Registered software on SQL, and the digests of its secrets. */
export const clientsOn = (engine: Engine): Clients => ({
  find: (id) => engine.read.first(findById, { id }),
  findBySecret: (secretDigest) => engine.read.first(findBySecret, { secretDigest }),
  findByName: (name) => engine.read.first(findByName, { name }),
  list: (page) => list(engine.read, page),
  listCredentials: (clientId) => engine.read.all(listCredentials, { clientId }),
  create: (client, credential, audit, on) =>
    writeOn(engine, on, (execute) => create(execute, client, credential, audit)),
  addCredential: (credential, audit) => engine.write((execute) => addCredential(execute, credential, audit)),
  revokeCredential: (id, at, audit, on) => writeOn(engine, on, (execute) => revokeCredential(execute, id, at, audit)),
  replaceCredentials: (credential, audit, on) =>
    writeOn(engine, on, (execute) => replaceCredentials(execute, credential, audit)),
  expireCredential: (id, expiresAt, audit, on) =>
    writeOn(engine, on, (execute) => expireCredential(execute, id, expiresAt, audit)),
  disable: (id, at, audit, on) =>
    writeOn(engine, on, async (execute) => settle(execute, await execute.run(disableAndRevoke, { id, at }), audit)),
  enable: (id, audit, on) =>
    writeOn(engine, on, async (execute) => settle(execute, await execute.run(setEnabled, { id }), audit)),
  remove: (id, audit, on) => writeOn(engine, on, (execute) => removeClient(execute, id, audit)),
})

const create = async (execute: Executor, client: Client, credential: ClientCredential, audit: AuditEvent) => {
  if ((await execute.run(insertClient, clientRow(client))) === 0) {
    if (await execute.first(findByName, { name: client.name })) return 'name_taken'
    throw new StoreError('conflict', new Error('a client of this id exists'))
  }
  await storeCredential(execute, credential)
  await writeAudit(execute, audit)
  return 'created'
}

const settle = async (execute: Executor, changes: number, audit: AuditEvent) => {
  if (changes === 0) return 'unknown'
  await writeAudit(execute, audit)
  return 'changed'
}

const list = async (read: Executor, { limit, after }: Parameters<Clients['list']>[0]): Promise<ClientPage> => {
  const slots = { limit: limit + 1 }
  const found = after === undefined ? await read.all(firstPage, slots) : await read.all(laterPage, { ...slots, after })
  const { rows, next } = pageOf(found, limit)
  return { clients: rows, next }
}

const inOrder = (db: Kysely<Database>, limit: number) =>
  db.selectFrom('clients').select(clientColumns).orderBy('sequence').orderBy('id').limit(limit)

const firstPage = positional<{ limit: number }>()((db, slots) => inOrder(db, slots.limit), clientFrom)

const laterPage = positional<{ limit: number; after: string }>()(
  (db, slots) => inOrder(db, slots.limit).where(madeAfter('clients', slots.after)),
  clientFrom,
)

const findById = positional<{ id: string }>()(
  (db, slots) => db.selectFrom('clients').select(clientColumns).where('id', '=', slots.id),
  clientFrom,
)

const findByName = positional<{ name: string }>()(
  (db, slots) => db.selectFrom('clients').select(clientColumns).where('name', '=', slots.name),
  clientFrom,
)

const findBySecret = remembered(
  positional<{ secretDigest: Uint8Array }>()(
    (db, slots) =>
      db
        .selectFrom('client_credentials')
        .innerJoin('clients', 'clients.id', 'client_credentials.client_id')
        .select(clientColumns.map((column) => `clients.${column}` as const))
        // Named apart, since a row of names could hold but one `id`.
        .select(credentialColumns.map((column) => `client_credentials.${column} as credential_${column}` as const))
        .where('client_credentials.secret_digest', '=', slots.secretDigest),
    (row) => ({ client: clientFrom(row), credential: credentialFrom(row, clientColumns.length) }),
  ),
)

const insertClient = statement<ClientRow>()((db, slots) =>
  db
    .insertInto('clients')
    .values({ ...rowOf(slots, clientColumns), sequence: nextPlace('clients') })
    .onConflict((conflict) => conflict.doNothing()),
)

/** One that is disabled already keeps the time of it. */
const disableAndRevoke = statement<{ id: string; at: number }>()((db, slots) =>
  db
    .updateTable('clients')
    .set((eb) => ({ disabled_at: eb.fn.coalesce('disabled_at', eb.val(slots.at)), epoch: eb('epoch', '+', 1) }))
    .where('id', '=', slots.id),
)

const setEnabled = statement<{ id: string }>()((db, slots) =>
  db.updateTable('clients').set({ disabled_at: null }).where('id', '=', slots.id),
)
