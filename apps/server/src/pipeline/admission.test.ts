import { type Access, newAuthorization, type Role } from '@countersign/core'
import { FixedClock, SeededRandom } from '@countersign/core/testing'
import { describe, expect, it } from 'vitest'
import { type Route, routes } from '../generated/index.ts'
import { admit } from './admission.ts'

const issuer = 'https://auth.example'
const policy = {
  retryWindowSeconds: 60,
  machineAccessSeconds: 3600,
  personalTokenMaxSeconds: 86_400,
  delegateClientIds: new Set(['efa-system']),
}
const rules = { issuer, dialectTags: new Set(['efa', 'cikit']), policy }
const deps = { clock: new FixedClock(), random: new SeededRandom('admission') }

/** A viewer's native session for the issuer, but for what is given. */
const accessOf = (given: Partial<Access> = {}, subject: 'user' | 'client' = 'user', dialect = 'native'): Access => ({
  kind: 'session',
  authorization: newAuthorization(
    {
      kind: 'session',
      subject: { kind: subject, id: 'ada-id' },
      clientId: 'countersign',
      dialect,
      roleCeiling: 'owner',
      scope: ['read', 'write'],
      audience: [issuer],
      epoch: 0,
      accessForm: 'jwt',
      accessLifetimeSeconds: 600,
    },
    deps,
  ),
  subject: { name: 'Ada', role: 'owner', enabled: true, sessionsEpoch: 0, personalEpoch: 0 },
  role: 'viewer',
  scope: ['read', 'write'],
  audience: [issuer],
  api: undefined,
  clientId: 'countersign',
  actors: [],
  ancestors: [],
  tokenId: undefined,
  issuedAt: 0,
  expiresAt: undefined,
  ...given,
})

const routeOf = (access: Partial<Route['access']> = {}, given: Partial<Route> = {}): Route => {
  const {
    least = 'viewer',
    self = false,
    kinds = ['session'],
    presented = 'none',
    native = false,
    clientScope,
    anyAudience = false,
  } = access
  const own = { method: 'GET', tag: 'users', security: ['bearer'], stateChanging: false } as const
  return {
    ...(routes.listAuditEvents as Route),
    ...own,
    ...given,
    access: { least, self, kinds, presented, native, clientScope, anyAudience },
  }
}

const verdict = (access: Access, route: Route, params?: Record<string, string>): string => {
  try {
    admit(access, route, rules, params)
    return 'admitted'
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
}

describe('admission by the contract', () => {
  it('is for tokens that are meant for the issuer, also beside others', () => {
    for (const audience of [[], ['https://api.example'], [`${issuer}/`], [`${issuer}.evil`]]) {
      expect(verdict(accessOf({ audience }), routeOf())).toBe('token_invalid')
    }
    expect(verdict(accessOf({ audience: ['https://api.example', issuer] }), routeOf())).toBe('admitted')
  })

  it('is for the least role and those above it', () => {
    const roles: readonly Role[] = ['viewer', 'manager', 'owner']
    for (const [least, place] of roles.map((role, at) => [role, at] as const)) {
      for (const [at, role] of roles.entries()) {
        expect(verdict(accessOf({ role }), routeOf({ least }))).toBe(at >= place ? 'admitted' : 'access_denied')
      }
    }
    expect(verdict(accessOf({ role: 'owner' }), routeOf({ least: 'none' }))).toBe('access_denied')
  })

  it('is for the kinds that are named, whatever the role', () => {
    const owner = accessOf({ role: 'owner' })
    for (const kind of ['machine', 'personal'] as const) {
      expect(verdict({ ...owner, kind }, routeOf())).toBe('access_denied')
      expect(verdict({ ...owner, kind }, routeOf({ kinds: [kind] }))).toBe('admitted')
    }
    expect(verdict(owner, routeOf({ kinds: [] }))).toBe('access_denied')
  })

  it('requires the scope `write` where something is changed, also by a GET', () => {
    const reader = accessOf({ scope: ['read'] })
    const writer = accessOf({ scope: ['write'] })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      expect([reader, writer].map((it) => verdict(it, routeOf({}, { method })))).toEqual(['access_denied', 'admitted'])
    }
    expect([reader, writer].map((it) => verdict(it, routeOf()))).toEqual(['admitted', 'access_denied'])
    const changing = routeOf({}, { stateChanging: true })
    expect([reader, writer].map((it) => verdict(it, changing))).toEqual(['access_denied', 'admitted'])
  })

  it('lets a user do to themselves what they may not do to others', () => {
    const route = routeOf({ least: 'owner', self: true })
    for (const params of [{ id: 'ada-id' }, { user: 'Ada' }, { user: 'ada' }]) {
      expect(verdict(accessOf(), route, params)).toBe('admitted')
      expect(verdict(accessOf(), routeOf({ least: 'owner' }), params), 'only where the contract says so').toBe(
        'access_denied',
      )
    }
    for (const params of [{}, { id: 'bob-id' }, { user: 'bob' }, { id: '' }, { user: '' }, { id: 'Ada' }]) {
      expect(verdict(accessOf(), route, params)).toBe('access_denied')
    }
  })

  it('N-477 takes no client for the user whose id or name it has', () => {
    const software = accessOf({ kind: 'machine' }, 'client')
    const route = routeOf({ least: 'owner', self: true, kinds: ['machine'] })
    for (const params of [{ id: 'ada-id' }, { user: 'Ada' }])
      expect(verdict(software, route, params)).toBe('access_denied')
  })

  it('restricts a vendor’s dialect to its own tokens, and to native ones where the contract permits them', () => {
    const efa = routeOf({}, { tag: 'efa', security: ['efaBearer'] })
    const orNative = routeOf({ native: true }, { tag: 'efa', security: ['efaOrNative'] })
    const tokens = ['efa', 'native', 'cikit', 'oauth'].map((dialect) => accessOf({}, 'user', dialect))
    expect(tokens.map((token) => verdict(token, efa))).toEqual([
      'admitted',
      ...['token_invalid', 'token_invalid', 'token_invalid'],
    ])
    expect(tokens.map((token) => verdict(token, orNative))).toEqual([
      ...['admitted', 'admitted'],
      ...['token_invalid', 'token_invalid'],
    ])
  })
})
