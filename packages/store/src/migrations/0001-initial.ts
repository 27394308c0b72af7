import { type CreateTableBuilder, sql } from 'kysely'
import type { Ddl, Guard } from '../engine/ddl.ts'
import type { Migration, Step } from './migration.ts'

export const initial: Migration = {
  version: 1,
  name: 'initial',
  steps: (ddl) => [
    ...tables(ddl),
    ...indexes(ddl),
    ...guards.flatMap((guard) => ddl.guard(guard)),
    ...['clock_high_water', 'keys_revision', 'next_droplet_number'].map(
      (name) => `insert into marks (name, value) values ('${name}', 0)`,
    ),
  ],
}

const tables = (ddl: Ddl): readonly Step[] => {
  const { schema, integer, bytes } = ddl
  const table = (name: string, texts: readonly string[], integers: readonly string[]) =>
    [...texts, ...integers].reduce<CreateTableBuilder<string, string>>((made, column) => {
      const optional = column.endsWith('?')
      const bare = optional ? column.slice(0, -1) : column
      const type = texts.includes(column) ? 'text' : integer
      return made.addColumn(bare, type, (definition) => (optional ? definition : definition.notNull()))
    }, schema.createTable(name))
  return [
    ddl.keyed(
      table(
        'authorizations',
        [
          ...['id', 'kind', 'subject_kind', 'subject_id', 'client_id', 'dialect', 'role_ceiling', 'scope', 'audience'],
          ...['factors', 'access_form', 'mask?', 'label?'],
        ],
        [
          ...['client_epoch?', 'epoch', 'access_lifetime_seconds', 'created_at', 'expires_at?', 'generation'],
          ...['refresh_key_number?', 'rotated_at?', 'revoked_at?', 'last_used_at?'],
        ],
      )
        .addColumn('retry_key_digest', bytes)
        .addColumn('secret_digest', bytes)
        .addPrimaryKeyConstraint('authorizations_key', ['id']),
    ),
    ddl.keyed(
      table('revoked_tokens', ['authorization_id', 'token_id'], ['expires_at'])
        .addPrimaryKeyConstraint('revoked_tokens_key', ['authorization_id', 'token_id'])
        .addForeignKeyConstraint('revoked_tokens_of', ['authorization_id'], 'authorizations', ['id'], (key) =>
          key.onDelete('cascade'),
        ),
    ),
    ddl.keyed(
      table(
        'users',
        ['id', 'username', 'canonical_name', 'role', 'required_factors', 'password_hash?'],
        ['created_at', 'disabled_at?', 'sessions_epoch', 'personal_epoch'],
      )
        .addPrimaryKeyConstraint('users_key', ['id'])
        .addUniqueConstraint('users_canonical_name', ['canonical_name']),
    ),
    ddl.keyed(
      table(
        'clients',
        ['id', 'name', 'role', 'audience', 'scope', 'token_form'],
        ['access_lifetime_seconds?', 'reuse_leeway_seconds', 'created_at', 'disabled_at?', 'epoch'],
      )
        .addPrimaryKeyConstraint('clients_key', ['id'])
        .addUniqueConstraint('clients_name', ['name']),
    ),
    ddl.keyed(
      table('client_credentials', ['id', 'client_id'], ['created_at', 'expires_at?', 'revoked_at?'])
        .addColumn('secret_digest', bytes, (column) => column.notNull())
        .addPrimaryKeyConstraint('client_credentials_key', ['id'])
        .addUniqueConstraint('client_credentials_secret', ['secret_digest'])
        .addForeignKeyConstraint('client_credentials_of', ['client_id'], 'clients', ['id'], (key) =>
          key.onDelete('cascade'),
        ),
    ),
    ddl.counted(
      table(
        'key_sets',
        ['kid', 'algorithm', 'public_jwk'],
        ['number', 'created_at', 'activates_at', 'superseded_at?', 'revoked_at?'],
      )
        .addColumn('sequence', integer, ddl.sequence)
        .addColumn('sealed', bytes, (column) => column.notNull())
        .addUniqueConstraint('key_sets_number', ['number'])
        .addUniqueConstraint('key_sets_kid', ['kid']),
    ),
    ddl.keyed(
      table(
        'counters',
        ['key'],
        ['failures', 'strikes', 'window_started_at', 'blocked_until', 'succeeded_at?'],
      ).addPrimaryKeyConstraint('counters_key', ['key']),
    ),
    ddl.keyed(
      table('issue_counts', ['client_id'], ['minute', 'issued']).addPrimaryKeyConstraint('issue_counts_key', [
        'minute',
        'client_id',
      ]),
    ),
    ddl.keyed(table('marks', ['name'], ['value']).addPrimaryKeyConstraint('marks_key', ['name'])),
    ddl.counted(
      table(
        'audit',
        [
          ...['action', 'actor_kind?', 'actor_id?', 'subject_kind?', 'subject_id?', 'authorization_id?', 'client_id?'],
          ...['dialect?', 'address?', 'request_id?', 'detail?'],
        ],
        ['at'],
      ).addColumn('sequence', integer, ddl.sequence),
    ),
    ddl.keyed(
      table('droplets', ['id', 'name', 'state', 'creator', 'ports'], ['number', 'created_at', 'changed_at'])
        .addPrimaryKeyConstraint('droplets_key', ['id'])
        .addUniqueConstraint('droplets_number', ['number'])
        .addUniqueConstraint('droplets_name', ['name']),
    ),
  ]
}

const indexes = ({ schema }: Ddl): readonly Step[] => [
  schema
    .createIndex('authorizations_one_standing')
    .on('authorizations')
    .unique()
    .columns(['client_id', 'dialect', 'epoch', 'scope', 'audience'])
    .where(sql.ref('kind'), '=', sql.lit('standing'))
    .where(sql.ref('revoked_at'), 'is', null),
  schema
    .createIndex('authorizations_secret')
    .on('authorizations')
    .unique()
    .columns(['secret_digest'])
    .where(sql.ref('secret_digest'), 'is not', null),
  schema
    .createIndex('authorizations_live')
    .on('authorizations')
    .columns(['subject_kind', 'subject_id', 'id'])
    .where(sql.ref('revoked_at'), 'is', null),
  schema
    .createIndex('authorizations_by_expiry')
    .on('authorizations')
    .columns(['expires_at'])
    .where(sql.ref('expires_at'), 'is not', null),
  schema
    .createIndex('authorizations_by_revocation')
    .on('authorizations')
    .columns(['revoked_at'])
    .where(sql.ref('revoked_at'), 'is not', null),
  schema.createIndex('revoked_tokens_by_expiry').on('revoked_tokens').columns(['expires_at']),
  schema.createIndex('client_credentials_by_client').on('client_credentials').columns(['client_id']),
  // I7: never two owners. A constant would do as the key; the role is one.
  schema
    .createIndex('users_one_owner')
    .on('users')
    .unique()
    .columns(['role'])
    .where(sql.ref('role'), '=', sql.lit('owner')),
]

const neverUndone = (table: string): Guard => ({
  name: `${table}_stay_revoked`,
  table,
  refuses: 'update',
  columns: ['revoked_at'],
  when: 'old.revoked_at is not null and (new.revoked_at is null or new.revoked_at <> old.revoked_at)',
})

const neverLowered = (table: string, column: string): Guard => ({
  name: `${table}_${column}_rises`,
  table,
  refuses: 'update',
  columns: [column],
  when: `new.${column} < old.${column}`,
})

/** The invariants that hold whatever program writes to the database (I3, I4, S12). */
const guards: readonly Guard[] = [
  neverUndone('authorizations'),
  neverUndone('client_credentials'),
  neverUndone('key_sets'),
  neverLowered('users', 'sessions_epoch'),
  neverLowered('users', 'personal_epoch'),
  neverLowered('clients', 'epoch'),
  neverLowered('authorizations', 'generation'),
  {
    // Only a session that is active at that moment is lifted: one of an older epoch stays ended.
    name: 'authorizations_epoch_is_kept',
    table: 'authorizations',
    refuses: 'update',
    columns: ['epoch'],
    when:
      "new.epoch < old.epoch or (new.epoch > old.epoch and (new.subject_kind <> 'user' " +
      'or old.epoch < (select sessions_epoch from users where users.id = new.subject_id)))',
  },
  {
    name: 'authorizations_expiry_is_absolute',
    table: 'authorizations',
    refuses: 'update',
    columns: ['expires_at'],
    when: 'old.expires_at is not null and (new.expires_at is null or new.expires_at > old.expires_at)',
  },
  {
    name: 'authorizations_grant_is_fixed',
    table: 'authorizations',
    refuses: 'update',
    columns: [
      ...['id', 'kind', 'subject_kind', 'subject_id', 'client_id', 'client_epoch', 'dialect', 'role_ceiling'],
      ...['scope', 'audience', 'factors', 'created_at', 'secret_digest'],
    ],
  },
  { name: 'revoked_tokens_are_kept', table: 'revoked_tokens', refuses: 'update' },
  { name: 'audit_is_not_rewritten', table: 'audit', refuses: 'update' },
  { name: 'audit_is_not_erased', table: 'audit', refuses: 'delete' },
]
