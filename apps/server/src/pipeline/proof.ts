// What an operation requires besides a token, from the contract's `x-effect`, for every operation of every dialect.
import {
  type Access,
  callerOf,
  type ProvenUser,
  type RequestContext,
  type ShownSecrets,
  type UseCases,
} from '@countersign/core'
import type { Route } from '../generated/index.ts'
import { isSelf } from './admission.ts'

/** The parts of a request that matter for a proof. */
export interface ProvingRequest {
  readonly access: Access
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
  /** The parsed body, valid by the contract. */
  readonly body: unknown
  /** The maximum age of the login, in seconds. Default: 300. */
  readonly maxAgeSeconds: number | undefined
}

/**
 * Proves the caller where the contract says `recent`: by credentials in the body, otherwise by the age of the login.
 * Where it says `shown`, the use case does it, because the required credentials depend on the request.
 *
 * @returns `undefined` if the contract requires no proof.
 * @throws AuthError `login_too_old`, `credentials_invalid`, `throttled`, `overloaded`.
 */
export async function proveCaller(
  { access, route, params, body, maxAgeSeconds }: ProvingRequest,
  { stepUp }: Pick<UseCases, 'stepUp'>,
  context: RequestContext,
): Promise<ProvenUser | undefined> {
  const namesSomebody = 'id' in params || 'user' in params
  const isOwn = !namesSomebody || isSelf(access, params)
  if (!route.effects.some(({ proof, whose }) => proof === 'recent' && (isOwn || whose === 'any'))) return undefined
  const shown = shownSecrets((body ?? {}) as ShowingBody)
  const showsSomething = Object.values(shown).some((secret) => secret !== undefined)
  const by = callerOf(access.authorization, context)
  return showsSomething ? stepUp.require(shown, by) : stepUp.requireRecent({ maxAgeSeconds }, by)
}

/** The credential members of native bodies. */
export interface ShowingBody {
  readonly password?: string
  readonly code?: string
  readonly recovery_code?: string
}

/** The credentials in a body. */
export const shownSecrets = (body: ShowingBody): ShownSecrets => ({
  password: body.password,
  code: body.code,
  recoveryCode: body.recovery_code,
})
