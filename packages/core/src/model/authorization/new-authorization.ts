import type { Clock } from '../../ports/system/clock.ts'
import type { Random } from '../../ports/system/random.ts'
import type { Authorization } from './authorization.ts'
import { newId } from './id.ts'

type Given =
  | 'kind'
  | 'subject'
  | 'clientId'
  | 'dialect'
  | 'roleCeiling'
  | 'scope'
  | 'audience'
  | 'epoch'
  | 'accessForm'
  | 'accessLifetimeSeconds'

/** An Authorization at its beginning: what is not given is empty. */
export function newAuthorization(
  given: Pick<Authorization, Given> & Partial<Authorization>,
  deps: { readonly clock: Clock; readonly random: Random },
): Authorization {
  const createdAt = given.createdAt ?? deps.clock.now()
  return {
    id: newId(deps.clock, deps.random),
    clientEpoch: undefined,
    apis: [],
    factors: [],
    createdAt,
    expiresAt: undefined,
    generation: 0,
    refreshKeyNumber: undefined,
    retryKeyDigest: undefined,
    rotatedAt: undefined,
    revokedAt: undefined,
    lastUsedAt: undefined,
    lastUsedFrom: undefined,
    secretDigest: undefined,
    mask: undefined,
    label: undefined,
    authenticatedAt: createdAt,
    idleSeconds: undefined,
    rotatedFrom: undefined,
    repeats: 0,
    ...given,
  }
}
