import { auditEvent } from '../audit-event.ts'
import { newId } from '../authorization/id.ts'
import { defaultScope } from '../authorization/scope.ts'
import type { Circumstances, Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { Client, TokenForm } from '../principals/client.ts'
import type { ClientRole } from '../principals/role.ts'
import type { Subject } from '../principals/subject.ts'
import { digest } from '../tokens/digest.ts'
import type { PlainToken } from '../tokens/plain-token.ts'
import { newSecret } from '../tokens/secret-token.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'random'>

export interface NewClient {
  readonly name: string
  /** Default is `viewer`. */
  readonly role?: ClientRole | undefined
  /** Default is none: the issuer alone. */
  readonly audience?: readonly string[] | undefined
  /** Default is `jwt`. */
  readonly tokenForm?: TokenForm | undefined
  /** 0–60 seconds. Default is 0. */
  readonly reuseLeewaySeconds?: number | undefined
}

/**
 * Registers software with its first secret, which is shown once.
 *
 * @throws AuthError `client_name_taken`.
 */
export async function createClient(
  deps: Deps,
  given: NewClient,
  actor: Subject | undefined,
  circumstances: Circumstances,
): Promise<{ readonly client: Client; readonly secret: PlainToken }> {
  const now = deps.clock.now()
  const client: Client = {
    id: newId(deps.clock, deps.random),
    name: given.name,
    role: given.role ?? 'viewer',
    audience: given.audience ?? [],
    scope: defaultScope,
    tokenForm: given.tokenForm ?? 'jwt',
    accessLifetimeSeconds: undefined,
    reuseLeewaySeconds: given.reuseLeewaySeconds ?? 0,
    createdAt: now,
    disabledAt: undefined,
    epoch: 0,
  }
  const secret = newSecret('key', deps.random)
  const credential = {
    id: newId(deps.clock, deps.random),
    clientId: client.id,
    secretDigest: digest(secret.reveal()),
    createdAt: now,
    expiresAt: undefined,
    revokedAt: undefined,
  }
  const subject = { kind: 'client', id: client.id } as const
  const event = auditEvent(
    { action: 'client_created', actor, subject, detail: { role: client.role } },
    circumstances,
    deps,
  )
  const outcome = await deps.store.clients.create(client, credential, event)
  if (outcome === 'name_taken') throw new AuthError('client_name_taken')
  return { client, secret }
}
