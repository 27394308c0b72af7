import type { Domain } from '../domain/domain.ts'
import { newId } from '../model/authorization/id.ts'
import type { Client, ClientCredential, TokenForm } from '../model/principals/client.ts'
import type { ClientRole } from '../model/principals/role.ts'
import { defaultScope } from '../model/scope.ts'
import { digest } from '../tokens/digest.ts'
import type { PlainToken } from '../tokens/plain-token.ts'
import { newSecret } from '../tokens/secret-token.ts'

type Deps = Pick<Domain, 'clock' | 'random'>

export interface NewClient {
  readonly name: string
  /** A vendor's word for the kind of client. Default is none. */
  readonly type?: string | undefined
  /** Default is `viewer`. */
  readonly role?: ClientRole | undefined
  /** Default is none: the issuer alone. */
  readonly audience?: readonly string[] | undefined
  /** Default is `jwt`. */
  readonly tokenForm?: TokenForm | undefined
  /** 0–60 seconds. Default is 0. */
  readonly reuseLeewaySeconds?: number | undefined
  /** How long its first secret can be used. Default is without end. */
  readonly secretLifetimeSeconds?: number | undefined
}

/** A key id and its secret as they are shown, once. */
export interface IssuedCredential {
  readonly client: Client
  readonly credential: ClientCredential
  readonly secret: PlainToken
}

/** A new key id and secret. @param lifetimeSeconds `undefined`: without end. */
export function newCredential(
  clientId: string,
  lifetimeSeconds: number | undefined,
  { clock, random }: Deps,
): Omit<IssuedCredential, 'client'> {
  const secret = newSecret('key', random)
  const now = clock.now()
  const credential: ClientCredential = {
    id: newId(clock, random),
    clientId,
    secretDigest: digest(secret.reveal()),
    createdAt: now,
    expiresAt: lifetimeSeconds === undefined ? undefined : now + lifetimeSeconds,
    revokedAt: undefined,
  }
  return { credential, secret }
}

/** A client that has no token yet. */
export const newClient = (given: NewClient, { clock, random }: Deps): Client => ({
  id: newId(clock, random),
  name: given.name,
  type: given.type,
  role: given.role ?? 'viewer',
  audience: given.audience ?? [],
  scope: defaultScope,
  tokenForm: given.tokenForm ?? 'jwt',
  accessLifetimeSeconds: undefined,
  reuseLeewaySeconds: given.reuseLeewaySeconds ?? 0,
  createdAt: clock.now(),
  disabledAt: undefined,
  epoch: 0,
})
