import type { Domain } from '../domain/domain.ts'
import { newId } from '../model/authorization/id.ts'
import { AuthError } from '../model/errors.ts'
import type { Client, ClientApi, ClientCredential, TokenForm } from '../model/principals/client.ts'
import type { ClientRole } from '../model/principals/role.ts'
import { defaultScope, readScope } from '../model/scope.ts'
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
  /** The APIs whose own program it is. Default is none: the issuer alone. */
  readonly audience?: readonly string[] | undefined
  /** The APIs that it may ask for tokens for, and nothing besides. Default is the issuer, with `read` and `write`. */
  readonly apis?: readonly WantedApi[] | undefined
  /** Default is `jwt`. */
  readonly tokenForm?: TokenForm | undefined
  /** 0–60 seconds. Default is 0. */
  readonly reuseLeewaySeconds?: number | undefined
  /** How long its first secret can be used. Default is without end. */
  readonly secretLifetimeSeconds?: number | undefined
}

/** An API that a client is to have tokens for. */
export interface WantedApi {
  readonly identifier: string
  /** Names with single spaces between them. Default is none; at the issuer, `read write`. */
  readonly scope?: string | undefined
  /** Whether it may exchange tokens that it received for tokens for this API. Default is false. */
  readonly mayAct?: boolean | undefined
}

/** A change of a client. What is absent stays as it is. */
export interface ChangedClient {
  readonly id: string
  readonly apis?: readonly WantedApi[] | undefined
  readonly disabled?: boolean | undefined
}

/** What a client may ask for: at the issuer, and at the APIs. */
export type ClientTargets = Pick<Client, 'scope' | 'apis'>

/**
 * Looks up what a client may ask for.
 *
 * @param wanted `undefined` or empty: the issuer alone.
 * @throws AuthError `api_unknown` for an API or a scope that does not exist.
 */
export async function clientTargets(
  wanted: readonly WantedApi[] | undefined,
  { store, issuer }: Pick<Domain, 'store' | 'issuer'>,
): Promise<ClientTargets> {
  if (wanted === undefined || wanted.length === 0) return { scope: defaultScope, apis: [] }
  const own = wanted.find(({ identifier }) => identifier === issuer)
  const others = wanted.filter(({ identifier }) => identifier !== issuer)
  const apis = others.map(async ({ identifier, scope, mayAct = false }): Promise<ClientApi> => {
    const api = await store.apis.findByIdentifier(identifier)
    if (!api)
      throw new AuthError('api_unknown', { detail: `No API has the identifier ${identifier}. Register it first.` })
    const names = api.scopes.map(({ name }) => name)
    return { id: api.id, identifier, scope: scope === undefined ? [] : knownScope(scope, names, identifier), mayAct }
  })
  return {
    scope: own ? knownScope(own.scope ?? defaultScope.join(' '), defaultScope, issuer) : [],
    apis: await Promise.all(apis),
  }
}

function knownScope(scope: string, names: readonly string[], identifier: string): readonly string[] {
  const asked = scope === '' ? [] : readScope(scope)
  const unknown = asked.find((name) => !names.includes(name))
  if (unknown !== undefined) throw new AuthError('api_unknown', { detail: `${identifier} has no scope ${unknown}.` })
  return names.filter((name) => asked.includes(name))
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
export const newClient = (given: NewClient, targets: ClientTargets, { clock, random }: Deps): Client => ({
  id: newId(clock, random),
  name: given.name,
  type: given.type,
  role: given.role ?? 'viewer',
  audience: given.audience ?? [],
  ...targets,
  tokenForm: given.tokenForm ?? 'jwt',
  accessLifetimeSeconds: undefined,
  reuseLeewaySeconds: given.reuseLeewaySeconds ?? 0,
  createdAt: clock.now(),
  disabledAt: undefined,
  epoch: 0,
})
