import { type Authorization, grantAt, idleEndOf, type ShownAuthorization, type UseOrigin } from '@countersign/core'

/** What an Authorization is shown with. */
export interface Surroundings {
  /** The id of the Authorization of the presented token. */
  readonly currentId: string
  /** The names of users and clients, by id. */
  readonly names: ReadonlyMap<string, string>
}

/** Contains no secret (all-D5). */
export const listedAuthorization = (
  { authorization, isActive }: ShownAuthorization,
  { currentId, names }: Surroundings,
) => ({
  id: authorization.id,
  kind: authorization.kind,
  subject: { ...authorization.subject, ...nameOf(authorization.subject.id, names) },
  label: authorization.label ?? null,
  mask: authorization.mask ?? null,
  client_id: authorization.clientId,
  client_name: names.get(authorization.clientId) ?? null,
  dialect: authorization.dialect,
  role: authorization.roleCeiling,
  scope: authorization.scope.join(' '),
  audience: [...authorization.audience],
  apis: authorization.audience.map((identifier) => ({
    identifier,
    scope: (grantAt(authorization, identifier)?.scope ?? []).join(' '),
  })),
  created_at: authorization.createdAt,
  last_used_at: authorization.lastUsedAt ?? null,
  last_used_from: useOrigin(authorization.lastUsedFrom),
  expires_at: authorization.expiresAt ?? null,
  idle_expires_at: idleEndOf(authorization) ?? null,
  revoked_at: authorization.revokedAt ?? null,
  active: isActive,
  current: authorization.id === currentId,
})

/** Where a token was last used from. */
export const useOrigin = (from: UseOrigin | undefined) =>
  from === undefined
    ? null
    : { address: from.address, user_agent: from.agent ?? null, client_id: from.clientId ?? null }

const nameOf = (id: string, names: ReadonlyMap<string, string>) => {
  const name = names.get(id)
  return name === undefined ? {} : { name }
}

/** Whose names an Authorization is shown with. */
export const namedIn = ({ subject, clientId }: Authorization) => [subject, { kind: 'client', id: clientId } as const]
