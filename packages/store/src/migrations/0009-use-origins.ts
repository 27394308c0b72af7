import type { Migration } from './migration.ts'

/** Where an Authorization was last used from. */
export const useOrigins: Migration = {
  version: 9,
  name: 'use origins',
  steps: ({ schema }) =>
    ['address', 'agent', 'client_id'].map((member) =>
      schema.alterTable('authorizations').addColumn(`last_used_from_${member}`, 'text'),
    ),
}
