// Decides who may call an operation, from the contract's `x-access`, for every operation of every dialect.
import { type Access, AuthError, atLeast, canonicalUsername, isDelegated, type Policy } from '@countersign/core'
import type { Route } from '../generated/index.ts'
import { RequestError } from '../http/errors.ts'

/** What admission depends on besides the token and the route. */
export interface AdmissionRules {
  readonly issuer: string
  /** The tags of the contract that are dialects. */
  readonly dialectTags: ReadonlySet<string>
  readonly policy: Pick<Policy, 'delegateClientIds'>
}

export const credentialsMissing = () => new RequestError('credentials_missing', 'This operation needs an access token.')

const safe: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * Admits a verified token to an operation, or refuses it.
 *
 * @param params Path parameters. Where the contract says `self`, the user named there is permitted.
 * @throws AuthError `token_invalid` if the token is not meant for this server or dialect (another audience, another
 *   vendor's dialect: all-D3). `access_denied` if its kind, role or scope does not permit the operation, or if a client
 *   holds the session for a user and the operation affects credentials or sessions other than this session.
 */
export function admit(
  access: Access,
  route: Route,
  rules: AdmissionRules,
  params: Readonly<Record<string, string>> = {},
): void {
  const { least, kinds, self, clientScope, anyAudience } = route.access
  if (!anyAudience && !access.audience.includes(rules.issuer)) throw new AuthError('token_invalid')
  if (isForeign(access, route, rules) && access.kind !== 'personal') throw new AuthError('token_invalid')
  const byScope = access.kind === 'machine' ? clientScope : undefined
  const enough =
    byScope !== undefined || (least !== 'none' && (atLeast(access.role, least) || (self && isSelf(access, params))))
  const permitted = kinds.includes(access.kind) && enough
  if (!permitted || !(anyAudience || access.scope.includes(byScope ?? needed(route))))
    throw new AuthError('access_denied')
  const isHeldByMachine = isDelegated(access.authorization, rules.policy)
  if (isHeldByMachine && !affectsItselfAlone(access, route, params)) throw new AuthError('access_denied')
}

/** Whether the operation affects no credential or session but the presented session. */
const affectsItselfAlone = ({ authorization }: Access, { effects }: Route, { id }: Readonly<Record<string, string>>) =>
  effects.every(({ what, whose }) => whose === 'this' || (what === 'authorization' && id === authorization.id))

/** Whether the path names the calling user, by id or by name. */
export function isSelf({ authorization, subject }: Access, { id, user }: Readonly<Record<string, string>>): boolean {
  if (authorization.subject.kind !== 'user') return false
  return (
    id === authorization.subject.id ||
    (user !== undefined && canonicalUsername(user) === canonicalUsername(subject.name))
  )
}

/** A dialect accepts its own tokens, and native ones where the contract says so (`native` of `x-access`). */
function isForeign({ authorization: { dialect } }: Access, route: Route, rules: AdmissionRules): boolean {
  if (!rules.dialectTags.has(route.tag) || dialect === route.tag) return false
  return dialect !== 'native' || !route.access.native
}

/** `read` permits operations without effects; all others need `write` (N-136). */
const needed = (route: Route): 'read' | 'write' =>
  route.reads || (safe.has(route.method) && !route.stateChanging) ? 'read' : 'write'

/**
 * Whether an operation verifies a secret or a grant: a client secret, a token in the body, a grant as the credential,
 * or anything that can be guessed, which the contract shows by a 429 response. The contract's lint requires a 403
 * response there.
 */
export const judgesSecret = ({ access, statuses }: Pick<Route, 'access' | 'statuses'>): boolean =>
  access.presented !== 'none' || (statuses as readonly number[]).includes(429)
