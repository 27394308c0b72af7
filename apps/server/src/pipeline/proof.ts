// What an operation asks to be shown besides a token, after the contract's `x-effect`: one place, for every operation of
// every dialect.
import type { Access, ProvenUser, RequestContext, ShownSecrets, UseCases } from '@countersign/core'
import type { Route } from '../generated/index.ts'
import { isSelf } from './admission.ts'

/** A request as far as its proof goes. */
export interface ProvingRequest {
  readonly access: Access
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
  /** The parsed body, of the contract's shape. */
  readonly body: unknown
  /** How old the login may be, in seconds. Default is 300. */
  readonly maxAgeSeconds: number | undefined
}

/**
 * Proves the caller where the contract asks for `recent`: by what the body shows, or else by the login itself. Where it asks
 * for `shown`, the use case does it, since what must be shown depends on what is asked for.
 *
 * @returns `undefined` where the contract does not ask for it.
 * @throws AuthError `login_too_old`, `credentials_invalid`, `throttled`, `overloaded`.
 */
export async function proveCaller(
  { access, route, params, body, maxAgeSeconds }: ProvingRequest,
  { freshProof }: Pick<UseCases, 'freshProof'>,
  circumstances: RequestContext,
): Promise<ProvenUser | undefined> {
  const namesSomebody = 'id' in params || 'user' in params
  const isOwn = !namesSomebody || isSelf(access, params)
  if (!route.effects.some(({ proof, whose }) => proof === 'recent' && (isOwn || whose === 'any'))) return undefined
  const shown = shownSecrets((body ?? {}) as ShowingBody)
  const showsSomething = Object.values(shown).some((secret) => secret !== undefined)
  return showsSomething
    ? freshProof.require(access.authorization, shown, circumstances)
    : freshProof.requireRecent(access.authorization, maxAgeSeconds)
}

/** The members by which native bodies show how a person logs in. */
export interface ShowingBody {
  readonly password?: string
  readonly code?: string
  readonly recovery_code?: string
}

/** What a body shows besides the token, or at a login. */
export const shownSecrets = (body: ShowingBody): ShownSecrets => ({
  password: body.password,
  code: body.code,
  recoveryCode: body.recovery_code,
})
