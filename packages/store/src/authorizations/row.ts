import type { Authorization } from '@countersign/core'
import { fromJson, integer, optionalBytes, optionalInteger, optionalText, orNull, text, toJson } from '../column.ts'
import type { Column } from '../engine/statement.ts'
import type { AuthorizationsTable } from '../schema.ts'

/** The select list of an Authorization. `authorizationFrom` reads by these positions: change both together. */
export const authorizationColumns = [
  'id',
  'kind',
  'subject_kind',
  'subject_id',
  'client_id',
  'client_epoch',
  'dialect',
  'role_ceiling',
  'scope',
  'audience',
  'factors',
  'epoch',
  'access_form',
  'access_lifetime_seconds',
  'created_at',
  'expires_at',
  'generation',
  'refresh_key_number',
  'retry_key_digest',
  'rotated_at',
  'revoked_at',
  'last_used_at',
  'secret_digest',
  'mask',
  'label',
] as const satisfies readonly (keyof AuthorizationsTable)[]

/** The same, qualified, for statements that join. */
export const qualifiedColumns = authorizationColumns.map((column) => `authorizations.${column}` as const)

/** By position, since naming 25 columns in each row object would cost more than finding the row. */
export const authorizationFrom = (row: readonly Column[]): Authorization => ({
  id: text(row[0]),
  kind: text(row[1]) as Authorization['kind'],
  subject: { kind: text(row[2]) as Authorization['subject']['kind'], id: text(row[3]) },
  clientId: text(row[4]),
  clientEpoch: optionalInteger(row[5]),
  dialect: text(row[6]),
  roleCeiling: text(row[7]) as Authorization['roleCeiling'],
  scope: fromJson<Authorization['scope']>(text(row[8])),
  audience: fromJson<Authorization['audience']>(text(row[9])),
  factors: fromJson<Authorization['factors']>(text(row[10])),
  epoch: integer(row[11]),
  accessForm: text(row[12]) as Authorization['accessForm'],
  accessLifetimeSeconds: integer(row[13]),
  createdAt: integer(row[14]),
  expiresAt: optionalInteger(row[15]),
  generation: integer(row[16]),
  refreshKeyNumber: optionalInteger(row[17]),
  retryKeyDigest: optionalBytes(row[18]),
  rotatedAt: optionalInteger(row[19]),
  revokedAt: optionalInteger(row[20]),
  lastUsedAt: optionalInteger(row[21]),
  secretDigest: optionalBytes(row[22]),
  mask: optionalText(row[23]),
  label: optionalText(row[24]),
})

export const rowFrom = (authorization: Authorization): AuthorizationsTable => ({
  id: authorization.id,
  kind: authorization.kind,
  subject_kind: authorization.subject.kind,
  subject_id: authorization.subject.id,
  client_id: authorization.clientId,
  client_epoch: orNull(authorization.clientEpoch),
  dialect: authorization.dialect,
  role_ceiling: authorization.roleCeiling,
  scope: toJson(authorization.scope),
  audience: toJson(authorization.audience),
  factors: toJson(authorization.factors),
  epoch: authorization.epoch,
  access_form: authorization.accessForm,
  access_lifetime_seconds: authorization.accessLifetimeSeconds,
  created_at: authorization.createdAt,
  expires_at: orNull(authorization.expiresAt),
  generation: authorization.generation,
  refresh_key_number: orNull(authorization.refreshKeyNumber),
  retry_key_digest: orNull(authorization.retryKeyDigest),
  rotated_at: orNull(authorization.rotatedAt),
  revoked_at: orNull(authorization.revokedAt),
  last_used_at: orNull(authorization.lastUsedAt),
  secret_digest: orNull(authorization.secretDigest),
  mask: orNull(authorization.mask),
  label: orNull(authorization.label),
})
