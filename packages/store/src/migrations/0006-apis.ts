import { type CreateTableBuilder, sql } from 'kysely'
import type { Ddl, Guard } from '../engine/ddl.ts'
import type { Migration, Step } from './migration.ts'

/**
 * Registered APIs, and which of them clients and Authorizations may have tokens for. So far a client's audience was both what it
 * could ask for and what it could introspect: each of these audiences becomes an API that only such clients may ask for.
 */
export const apis: Migration = {
  version: 6,
  name: 'apis',
  steps: (ddl) => [
    ...table(ddl),
    ...columns(ddl),
    ...(ddl.firstVersion < 6 ? fill : []),
    ...indexes(ddl),
    ...guards.flatMap((guard) => ddl.guard(guard)),
  ],
}

const table = ({ schema, integer, keyed }: Ddl): readonly Step[] => {
  const texts = ['id', 'identifier', 'name', 'scopes', 'token_type', 'allowed_origins'] as const
  const integers = ['first_party', 'created_at', 'sequence'] as const
  const withTexts = texts.reduce<CreateTableBuilder<string, string>>(
    (made, name) => made.addColumn(name, 'text', (column) => column.notNull()),
    schema.createTable('apis'),
  )
  const whole = integers.reduce((made, name) => made.addColumn(name, integer, (column) => column.notNull()), withTexts)
  return [
    keyed(
      whole
        .addColumn('token_form', 'text')
        .addColumn('access_lifetime_seconds', integer)
        .addPrimaryKeyConstraint('apis_key', ['id'])
        .addUniqueConstraint('apis_identifier', ['identifier']),
    ),
  ]
}

const columns = ({ schema }: Ddl): readonly Step[] =>
  ['clients', 'authorizations'].map((table) =>
    schema.alterTable(table).addColumn('apis', 'text', (column) => column.notNull().defaultTo('[]')),
  )

/** The audiences of clients, but for the issuer, in the order in which they were first given. */
const audiences = `select value as identifier, min(created_at) as created_at, min(sequence) as place
  from clients, json_each(clients.audience)
  where value not in (select value from served where name = 'issuer') group by value`

const scopesOfOld = JSON.stringify([
  { name: 'read', description: 'Read.', leastRole: 'viewer' },
  { name: 'write', description: 'Change.', leastRole: 'viewer' },
])

const fill: readonly Step[] = [
  `insert into apis (id, identifier, name, scopes, token_type, allowed_origins, first_party, created_at, sequence)
   select printf('%010x', created_at) || lower(hex(randomblob(6))), identifier, substr(identifier, 1, 64),
     '${scopesOfOld}', 'at+jwt', '[]', 0, created_at, row_number() over (order by place, identifier)
   from (${audiences})`,
  `update clients set apis = coalesce((select json_group_array(json_object(
       'id', apis.id, 'identifier', apis.identifier, 'scope', json(clients.scope), 'mayAct', json('false')))
     from json_each(clients.audience) as given join apis on apis.identifier = given.value), '[]')`,
  `update authorizations set apis = coalesce((select json_group_array(json_object(
       'id', apis.id, 'identifier', apis.identifier, 'scope', json(authorizations.scope)))
     from json_each(authorizations.audience) as given join apis on apis.identifier = given.value), '[]')
   where kind = 'standing'`,
]

const indexes = ({ schema }: Ddl): readonly Step[] => [
  schema.dropIndex('authorizations_one_standing'),
  schema
    .createIndex('authorizations_one_standing')
    .on('authorizations')
    .unique()
    .columns(['client_id', 'dialect', 'epoch', 'scope', 'audience', 'apis'])
    .where(sql.ref('kind'), '=', sql.lit('standing'))
    .where(sql.ref('revoked_at'), 'is', null),
  // What ends with an API. Most Authorizations are for the issuer and are not in it.
  schema
    .createIndex('authorizations_for_apis')
    .on('authorizations')
    .columns(['audience'])
    .where(sql.ref('apis'), '<>', sql.lit('[]'))
    .where(sql.ref('revoked_at'), 'is', null),
]

const guards: readonly Guard[] = [
  { name: 'authorizations_apis_are_fixed', table: 'authorizations', refuses: 'update', columns: ['apis'] },
  { name: 'apis_identity_is_fixed', table: 'apis', refuses: 'update', columns: ['id', 'identifier', 'created_at'] },
]
