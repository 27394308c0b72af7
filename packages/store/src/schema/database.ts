import type { Generated } from 'kysely'
import type { Stored } from './row.ts'
import type * as tables from './tables.ts'

/** The columns of a table, as Kysely knows them. */
type Columns<T extends { readonly definition: unknown }> = Stored<T['definition']>

interface InOrderOfCreation {
  sequence: number
}

/** The tables as Kysely knows them. */
export interface Database {
  authorizations: Columns<typeof tables.authorizations>
  revoked_tokens: Columns<typeof tables.revokedTokens>
  users: Columns<typeof tables.users> & InOrderOfCreation
  clients: Columns<typeof tables.clients> & InOrderOfCreation
  apis: Columns<typeof tables.apis> & InOrderOfCreation
  client_credentials: Columns<typeof tables.clientCredentials> & InOrderOfCreation
  key_sets: Columns<typeof tables.keySets> & { sequence: Generated<number> }
  counters: Columns<typeof tables.counters>
  issue_counts: Columns<typeof tables.issueCounts>
  marks: Columns<typeof tables.marks>
  audit: Columns<typeof tables.auditEntries>
  rotations: Columns<typeof tables.rotationEntries>
  audit_tallies: Columns<typeof tables.auditTallies>
  audit_exports: Columns<typeof tables.auditExports>
  droplets: Columns<typeof tables.droplets>
  enrolments: Columns<typeof tables.enrolments>
  recovery_codes: Columns<typeof tables.recoveryCodes>
  settings: Columns<typeof tables.settings>
  recent_files: Columns<typeof tables.recentFiles>
  served: Columns<typeof tables.served>
  revocations: Columns<typeof tables.revocations>
  sealed_secrets: Columns<typeof tables.sealedSecrets>
  schema_versions: Columns<typeof tables.schemaVersions>
}
