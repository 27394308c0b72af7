// What the contract's `x-access` promises of a cell: an operation, the caller, and whose thing it is about. Computed
// from the contract alone; it must not know the pipeline.
import type { Role } from '@countersign/core'
import type { Route } from '../src/generated/index.ts'

/** An operation as far as its policy goes. */
export type GovernedOperation = Omit<Route, 'statuses'>

/** The caller. */
export interface Principal {
  readonly name: string
  /** `undefined` for a caller that presents no live access token. */
  readonly token?: {
    readonly kind: Route['access']['kinds'][number]
    readonly role: Role
    readonly dialect: string
    readonly scope: readonly ('read' | 'write')[]
    /** Whether a client holds the session for a user. Default is false. */
    readonly delegated?: boolean
    /** Whether the login is too old to be a recent one. Default is false. */
    readonly aged?: boolean
  }
}

/** `none`: the operation is about no thing in particular. */
export type Ownership = 'none' | 'own' | 'other' | 'missing'

/** `too old`: a recent login is asked for; each vendor has a number of its own for it. */
export type Expected = 'allowed' | 'too old' | 401 | 403 | 404

const order: readonly Role[] = ['viewer', 'manager', 'owner']

/** @param vendors The tags of the contract that are vendor dialects: each takes its own tokens only, and personal ones (all-D3). */
export function expectedOf(
  route: GovernedOperation,
  { token }: Principal,
  ownership: Ownership,
  vendors: ReadonlySet<string>,
): Expected {
  const { least, kinds, self, presented, clientScope } = route.access
  // An id and secret, or a grant, is asked for: an access token is neither.
  if (presented === 'client' || presented === 'grant') return 401
  // With `self`, what is another's is there for the role that `least` names; where `least` is every role, for none.
  const reaches = ownership === 'other' && (!self || least !== 'viewer')
  const exists = ownership === 'none' || ownership === 'own' || reaches
  if (least === 'none') return exists ? 'allowed' : 404
  if (!token) return 401
  const takesNative = token.dialect === 'native' && route.security.some((scheme) => scheme.endsWith('OrNative'))
  const foreign = vendors.has(route.tag) && token.dialect !== route.tag && !takesNative
  if (foreign && token.kind !== 'personal') return 401
  const changes = !route.reads && (route.method !== 'GET' || route.stateChanging)
  const byScope = token.kind === 'machine' ? clientScope : undefined
  const enough =
    byScope !== undefined || order.indexOf(token.role) >= order.indexOf(least) || (self && ownership === 'own')
  const permitted = kinds.includes(token.kind) && enough
  if (!permitted || !token.scope.some((name) => name === (byScope ?? (changes ? 'write' : 'read')))) return 403
  const isItself = (what: string, whose: string) =>
    whose === 'this' || (what === 'authorization' && ownership === 'own')
  if (token.delegated && !route.effects.every(({ what, whose }) => isItself(what, whose))) return 403
  const isOwn = ownership === 'own' || ownership === 'none'
  const asksForLogin = route.effects.some(({ proof, whose }) => proof === 'recent' && (isOwn || whose === 'any'))
  if (token.aged && asksForLogin) return 'too old'
  return exists ? 'allowed' : 404
}

/** Whether an answer is what was expected. */
export const fulfils = (expected: Expected | number, status: number): boolean =>
  expected === 'allowed' ? status >= 200 && status < 300 : status === expected
