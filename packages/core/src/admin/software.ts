import type { Domain } from '../domain/domain.ts'
import { conditionOn, written } from '../domain/proof.ts'
import { auditEvent } from '../model/audit-event.ts'
import { newId } from '../model/authorization/id.ts'
import { AuthError } from '../model/errors.ts'
import type { Client, ClientCredential, TokenForm } from '../model/principals/client.ts'
import { isClientName } from '../model/principals/client-name.ts'
import type { ClientRole } from '../model/principals/role.ts'
import type { Subject } from '../model/principals/subject.ts'
import type { RequestContext } from '../model/request-context.ts'
import { defaultScope } from '../model/scope.ts'
import { digest } from '../tokens/digest.ts'
import type { PlainToken } from '../tokens/plain-token.ts'
import { newSecret } from '../tokens/secret-token.ts'
import type { Administrator } from './people-changes.ts'

type Deps = Pick<Domain, 'store' | 'clock' | 'random'>

export interface NewClient {
  readonly name: string
  /** A vendor's word for the kind of software. Default is none. */
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

/**
 * A new key id and secret.
 *
 * @param lifetimeSeconds Nothing for one without end.
 */
export function newCredential(
  clientId: string,
  lifetimeSeconds: number | undefined,
  deps: Pick<Domain, 'clock' | 'random'>,
): Omit<IssuedCredential, 'client'> {
  const secret = newSecret('key', deps.random)
  const now = deps.clock.now()
  const credential: ClientCredential = {
    id: newId(deps.clock, deps.random),
    clientId,
    secretDigest: digest(secret.reveal()),
    createdAt: now,
    expiresAt: lifetimeSeconds === undefined ? undefined : now + lifetimeSeconds,
    revokedAt: undefined,
  }
  return { credential, secret }
}

/**
 * Registers software with its first secret, which is shown once.
 *
 * @param asking The Authorization that asks. Default is none: the command line.
 * @throws AuthError `client_name_invalid`, `client_name_taken`; `token_invalid` if the Authorization that asks has ended.
 */
export async function createClient(
  deps: Deps,
  given: NewClient,
  actor: Subject | undefined,
  circumstances: RequestContext,
  asking?: Administrator['asking'],
): Promise<IssuedCredential> {
  if (!isClientName(given.name)) throw new AuthError('client_name_invalid')
  const client: Client = {
    id: newId(deps.clock, deps.random),
    name: given.name,
    type: given.type,
    role: given.role ?? 'viewer',
    audience: given.audience ?? [],
    scope: defaultScope,
    tokenForm: given.tokenForm ?? 'jwt',
    accessLifetimeSeconds: undefined,
    reuseLeewaySeconds: given.reuseLeewaySeconds ?? 0,
    createdAt: deps.clock.now(),
    disabledAt: undefined,
    epoch: 0,
  }
  const { credential, secret } = newCredential(client.id, given.secretLifetimeSeconds, deps)
  const subject = { kind: 'client', id: client.id } as const
  const event = auditEvent(
    { action: 'client_created', actor, subject, detail: { role: client.role } },
    circumstances,
    deps,
  )
  const on = conditionOn(undefined, asking, deps)
  const outcome = written(await deps.store.clients.create(client, credential, event, on))
  if (outcome === 'name_taken') throw new AuthError('client_name_taken')
  return { client, credential, secret }
}
