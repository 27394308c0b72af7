import type { Client, ClientCredential, IssuedCredential, WantedApi } from '@countersign/core'

export const listedClient = (client: Client) => ({
  id: client.id,
  name: client.name,
  type: client.type ?? null,
  role: client.role,
  audience: [...client.audience],
  apis: client.apis.map(({ identifier, scope, mayAct }) => ({ identifier, scope: scope.join(' '), may_act: mayAct })),
  scope: client.scope.join(' '),
  token_form: client.tokenForm,
  reuse_leeway_seconds: client.reuseLeewaySeconds,
  disabled: client.disabledAt !== undefined,
  created_at: client.createdAt,
})

/** A client secret in a list: only its id, never the secret (all-D5). */
export const listedCredential = ({ id, createdAt, expiresAt, revokedAt }: ClientCredential, latest: number) => ({
  id,
  active: revokedAt === undefined && (expiresAt === undefined || latest < expiresAt),
  created_at: createdAt,
  expires_at: expiresAt ?? null,
  revoked_at: revokedAt ?? null,
})

/** A new client secret. This is the only answer that shows it. */
export const shownCredential = ({ credential, secret }: Pick<IssuedCredential, 'credential' | 'secret'>) => ({
  id: credential.id,
  secret: secret.reveal(),
  created_at: credential.createdAt,
  expires_at: credential.expiresAt ?? null,
})

/** The APIs that a body names for a client. */
export const wantedApis = (
  given: readonly { readonly identifier: string; readonly scope?: string; readonly may_act?: boolean }[] | undefined,
): readonly WantedApi[] | undefined =>
  given?.map(({ identifier, scope, may_act }) => ({ identifier, scope, mayAct: may_act }))
