import type { Migration } from './migration.ts'

/** Secrets that the master key seals and that belong to no other row: the pepper of password hashes, once that key was replaced. */
export const sealed: Migration = {
  version: 8,
  name: 'sealed',
  steps: ({ schema, bytes, keyed }) => [
    keyed(
      schema
        .createTable('sealed_secrets')
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('sealed', bytes, (column) => column.notNull())
        .addPrimaryKeyConstraint('sealed_secrets_key', ['name']),
    ),
  ],
}
