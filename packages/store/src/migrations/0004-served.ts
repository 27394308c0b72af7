import type { Migration } from './migration.ts'

/** Under which issuer the store was served last: `marks` hold numbers alone. */
export const served: Migration = {
  version: 4,
  name: 'served',
  steps: (ddl) => [
    ddl.keyed(
      ddl.schema
        .createTable('served')
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('served_key', ['name']),
    ),
  ],
}
