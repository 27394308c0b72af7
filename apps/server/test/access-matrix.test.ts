import { digest, type IncompleteKind, nativeSessionPolicy, type Role, type SessionPolicy } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { dialectNames } from '../src/dialects/registry.ts'
import { type OperationId, routes } from '../src/generated/index.ts'
import { goodPassword } from '../src/testing/test-server.ts'
import { expectedOf, fulfils, type GovernedOperation, type Ownership, type Principal } from './access-expectation.ts'
import { answeredAs, namedInPath, peopleBodies, restoreOwner } from './access-people.ts'
import { softwareBodies, softwareTarget } from './access-software.ts'
import type { Question } from './contract/recorder.ts'
import type { AccessCells } from './dialect-tests.ts'
import { dialectTests, ofDialects } from './dialects.ts'
import { bearer, type RecordedServer, type RegisteredClient, startRecordedServer } from './recorded-server.ts'

// Some cells hash a password for each who asks, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 120_000 })

const vendors: ReadonlySet<string> = new Set(dialectNames)
const newPassword = 'a quiet lighthouse keeps its own hours'

let server: RecordedServer
const people = new Map<Role, string>()
const machines = new Map<string, RegisteredClient>()
let expired: string

beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true, flags: { 'max-personal-tokens': '100000' } })
  for (const role of ['viewer', 'manager', 'owner'] as const)
    people.set(role, (await server.user(`a-${role}`, role)).id)
  for (const role of ['viewer', 'manager'] as const) machines.set(role, await server.client({ role }))
  expired = (await server.session(person('owner'))).access
  server.time.advance(nativeSessionPolicy.accessLifetimeSeconds)
})

afterAll(() => server.close())

const person = (role: Role): string => people.get(role) ?? ''
const machine = (role: string): RegisteredClient => machines.get(role) as RegisteredClient

interface Presenter extends Principal {
  /** The role of the user whose token it is, where the token is for less. Default is the token's. */
  readonly of?: Role
  /** A fresh token for each cell: some operations end what they are called with. */
  present(): Promise<{ readonly token: string | undefined; readonly own: string }>
}

const all = ['read', 'write'] as const

const session = (role: Role): Presenter => ({
  name: `a session of a ${role}`,
  token: { kind: 'session', role, dialect: 'native', scope: all },
  present: async () => {
    const { access, id } = await server.session(person(role))
    return { token: access, own: id }
  },
})

const machineToken = (role: 'viewer' | 'manager'): Presenter => ({
  name: `a client that is a ${role}`,
  token: { kind: 'machine', role, dialect: 'oauth', scope: all },
  present: async () => {
    const token = await server.machineToken(machine(role).client)
    const { body } = await server.ask('GET', '/v1/authorizations', { headers: bearer(token) })
    return { token, own: (body.authorizations as { id: string }[])[0]?.id ?? '' }
  },
})

const of = (name: string, present: () => Promise<string | undefined>, token?: Principal['token']): Presenter => ({
  name,
  ...(token ? { token } : {}),
  present: async () => ({ token: await present(), own: (await server.session(person('viewer'))).id }),
})

const vendorSessions = dialectTests.flatMap(({ sessionPolicy }) => sessionPolicy ?? [])

const vendorSession = (role: Role, policy: SessionPolicy): Presenter => ({
  name: `a session of a ${role} from ${policy.dialect}`,
  token: { kind: 'session', role, dialect: policy.dialect, scope: all },
  present: async () => {
    const { access, id } = await server.session(person(role), policy)
    return { token: access, own: id }
  },
})

const personalToken = (role: Role, scope: readonly ('read' | 'write')[]): Presenter => ({
  name: `a personal token of a ${role}`,
  token: { kind: 'personal', role, dialect: 'native', scope },
  present: async () => ({
    token: await server.personalToken(person(role), scope),
    own: (await server.session(person(role))).id,
  }),
})

const narrowedSession = (role: Role): Presenter => ({
  name: `N-136 a session of a ${role} that may only read`,
  token: { kind: 'session', role, dialect: 'native', scope: ['read'] },
  present: async () => ({
    token: await server.narrowed(person(role), 'read'),
    own: (await server.session(person(role))).id,
  }),
})

/** Sessions of users that clients hold. */
const delegated: readonly Presenter[] = dialectTests.flatMap(({ dialect, access }) =>
  (access.delegated ?? []).map(({ name, of: whose, role, policy }) => ({
    name,
    of: whose,
    token: { kind: 'session', role, dialect, scope: all, delegated: true },
    present: async () => {
      const { access, id } = await server.session(person(whose), await policy(server))
      return { token: access, own: id }
    },
  })),
)

/** A session whose login was a moment too long ago. */
const aged = (role: Role, policy: SessionPolicy): Presenter => ({
  name: `an old session of a ${role} from ${policy.dialect}`,
  token: { kind: 'session', role, dialect: policy.dialect, scope: all, aged: true },
  present: async () => {
    const { access, id } = await server.agedSession(person(role), policy, 301)
    return { token: access, own: id }
  },
})

const incompleteLogin = (role: Role, kind: IncompleteKind): Presenter => ({
  name: `a login of a ${role} that is not complete (${kind})`,
  of: role,
  token: { kind, role: 'viewer', dialect: 'native', scope: all },
  present: async () => {
    const { access, id } = await server.incomplete(person(role), kind)
    return { token: access, own: id }
  },
})

const principals: readonly Presenter[] = [
  of('nobody', async () => undefined),
  of('garbage', async () => 'eyJhbGciOiJub25lIn0.e30.'),
  of('an expired session of the owner', async () => expired),
  of('a refresh token of the owner', async () => (await server.session(person('owner'))).refresh),
  session('viewer'),
  session('manager'),
  session('owner'),
  machineToken('viewer'),
  machineToken('manager'),
  ...(['viewer', 'owner'] as const).flatMap((role) => vendorSessions.map((policy) => vendorSession(role, policy))),
  ...(['viewer', 'manager', 'owner'] as const).map((role) => personalToken(role, all)),
  // The owner is denied nothing for the role: what is refused here is refused for the scope.
  { ...personalToken('owner', ['read']), name: 'N-136 a personal token of the owner that may only read' },
  { ...personalToken('owner', ['write']), name: 'a personal token of the owner that may only write' },
  ...(['viewer', 'owner'] as const).flatMap((role) =>
    (['password_change', 'enrolment'] as const).map((kind) => incompleteLogin(role, kind)),
  ),
  narrowedSession('viewer'),
  narrowedSession('owner'),
  ...delegated,
  aged('viewer', nativeSessionPolicy),
  ...[nativeSessionPolicy, ...vendorSessions].map((policy) => aged('owner', policy)),
]

/** Bodies that the operations take, so that every admitted caller is served. */
const bodies: { readonly [K in OperationId]?: () => Promise<Question['body']> } = {
  createPersonalToken: async () => ({ label: 'one more' }),
  createDroplet: async () => ({}),
  introspectAnyToken: async () => ({ token: 'unknown' }),
  revokeAnyToken: async () => ({ token: 'unknown' }),
  recordRecentFile: async () => ({ id: 'example.com/a', name: 'a', revision: '1', path: 'a.txt' }),
  createSession: async () => ({ username: 'a-viewer', password: goodPassword }),
  refreshSession: async () => ({ refresh_token: (await server.session(person('viewer'))).refresh }),
  changePassword: async () => ({ current_password: goodPassword, new_password: newPassword }),
}

/** Headers that an operation requires. */
const requiredHeaders: { readonly [K in OperationId]?: Readonly<Record<string, string>> } = {
  checkForwardedRequest: { 'x-forwarded-method': 'GET' },
}

const dialectBodies: NonNullable<AccessCells<OperationId>['bodies']> = ofDialects(({ access }) => access.bodies)

/** Where passwords are shown: they must be what they were in the beginning. */
const showPasswords: ReadonlySet<OperationId> = new Set([
  'changePassword',
  'setRequiredFactors',
  'startTotpEnrolment',
  'createRecoveryCodes',
  'createSession',
  ...dialectTests.flatMap(({ access }) => access.showPasswords ?? []),
])

/** Things that exist and belong to no user, by operation. */
const things: { readonly [K in OperationId]?: { readonly exists: string; readonly missing: string } } = {
  ...ofDialects(({ access }) => access.things),
  showConsoleAsset: { exists: 'stand-in-1a2b3c4d.js', missing: 'nothing.js' },
  showDocumentationAsset: { exists: 'start.js', missing: 'nothing.js' },
}

async function idFor(route: GovernedOperation, ownership: Ownership, own: string): Promise<string> {
  const thing = things[route.operationId]
  if (thing) return ownership === 'missing' ? thing.missing : thing.exists
  if (route.operationId === 'revokePersonalToken' && ownership !== 'missing') {
    return personalTokenBeside(ownership === 'own' ? own : (await server.session(person('owner'))).id)
  }
  if (ownership === 'own') return own
  return ownership === 'other' ? (await server.session(person('owner'))).id : '0'.repeat(22)
}

/** The id of a personal token of the user of this authorization. */
async function personalTokenBeside(authorizationId: string): Promise<string> {
  const { authorizations } = server.running.authority.store
  const subject = (await authorizations.find(authorizationId))?.authorization.subject
  if (subject?.kind !== 'user') return authorizationId
  const secret = await server.personalToken(subject.id)
  return (await authorizations.findBySecret(digest(secret)))?.authorization.id ?? ''
}

async function statusOf(route: GovernedOperation, presenter: Presenter, ownership: Ownership): Promise<number> {
  const { token, own } = await presenter.present()
  const role = presenter.of ?? presenter.token?.role ?? 'viewer'
  const caller = { id: person(role), username: `a-${role}` }
  const named = (await namedInPath(server, route, ownership, caller)) ?? (await idFor(route, ownership, own))
  const path = (await softwareTarget(server, route, ownership)) ?? route.path.replace(/\{\w+\}/, named)
  const make = peopleBodies[route.operationId] ?? softwareBodies[route.operationId] ?? dialectBodies[route.operationId]
  const body = await (bodies[route.operationId]?.() ?? make?.(server, caller.id))
  const headers = { ...requiredHeaders[route.operationId], ...(token === undefined ? {} : bearer(token)) }
  const { status } = await server.ask(route.method, path, { headers, body })
  return status
}

const ownerships = (route: GovernedOperation): readonly Ownership[] => {
  if (!route.path.includes('{')) return ['none']
  return route.operationId in things || route.path.includes('{droplet}')
    ? ['other', 'missing']
    : ['own', 'other', 'missing']
}

const cells = (Object.values(routes) as GovernedOperation[]).flatMap((route) =>
  ownerships(route).map((ownership) => ({ route, operationId: route.operationId, ownership })),
)

describe('N-127 N-136 who may call what, after x-access', () => {
  // To every caller but the owner, one token of the owner is another user's: the owner has it as one more of their own. So has a
  // session of the owner that a client holds, where it may look.
  const isOwnToo = (ownership: Ownership, { token, of: whose }: Presenter, { path, effects }: GovernedOperation) => {
    const isOwners = token?.role === 'owner' || (whose === 'owner' && effects.length === 0)
    return ownership === 'other' && isOwners && !/^\/v1\/users\/|\{user\}/.test(path) ? 'own' : ownership
  }

  it.each(cells)('$operationId, about a thing: $ownership', async ({ route, ownership }) => {
    const wrong: string[] = []
    for (const presenter of principals) {
      if (showPasswords.has(route.operationId)) await resetPasswords()
      await restoreOwner(server, person('owner'))
      const promised = expectedOf(route, presenter, isOwnToo(ownership, presenter, route), vendors)
      const expected = answeredAs(route.operationId, route.tag, ownership, promised, presenter.token?.role)
      const status = await statusOf(route, presenter, ownership)
      if (!fulfils(expected, status)) wrong.push(`${presenter.name}: ${status} where ${expected} was promised`)
    }
    expect(wrong).toEqual([])
  })

  it('answers alike what is missing and what is another user’s', async () => {
    const { access } = await server.session(person('viewer'))
    const others = (await server.session(person('owner'))).id
    const [other, missing] = await Promise.all(
      [others, '0'.repeat(22)].map((id) =>
        server.ask('DELETE', `/v1/authorizations/${id}`, { headers: bearer(access) }),
      ),
    )
    expect(other?.status).toBe(404)
    expect(other?.text).toBe(missing?.text)
  })

  it('finds a cell that is not as x-access says', async () => {
    const { showMe } = routes
    const lax: GovernedOperation = {
      ...showMe,
      access: { ...showMe.access, kinds: ['session', 'machine', 'personal'] },
    }
    const open: GovernedOperation = { ...showMe, access: { ...showMe.access, least: 'none' } }
    const strict: GovernedOperation = { ...showMe, access: { ...showMe.access, least: 'manager' } }
    for (const [broken, presenter] of [
      [lax, machineToken('viewer')],
      [open, of('nobody', async () => undefined)],
      [strict, session('viewer')],
    ] as const) {
      const status = await statusOf(showMe, presenter, 'none')
      expect(fulfils(expectedOf(showMe, presenter, 'none', vendors), status)).toBe(true)
      expect(fulfils(expectedOf(broken, presenter, 'none', vendors), status)).toBe(false)
    }
  })
})

/** The operations that ask for a token, by what they do; those that the contract excepts are left out. */
const byEffect = new Map<string, { readonly route: GovernedOperation; readonly ownership: Ownership }[]>()
for (const route of Object.values(routes) as GovernedOperation[]) {
  for (const { does, what, whose, exempt } of route.effects) {
    if (exempt || route.access.least === 'none') continue
    const target = whose === 'own' ? 'own' : 'other'
    const ownership = ownerships(route).includes(target) ? target : (ownerships(route)[0] ?? 'none')
    const key = `${does} ${what} (${whose})`
    byEffect.set(key, [...(byEffect.get(key) ?? []), { route, ownership }])
  }
}

describe('an effect has one policy', () => {
  const policies = new Map([nativeSessionPolicy, ...vendorSessions].map((policy) => [policy.dialect, policy]))
  /** The callers of this operation, with a session of a dialect that it takes. */
  const askers = ({ tag }: GovernedOperation): readonly Presenter[] => {
    const policy = policies.get(tag) ?? nativeSessionPolicy
    const everyRole = ['viewer', 'manager', 'owner'] as const
    return [
      ...everyRole.map((role) => vendorSession(role, policy)),
      ...everyRole.map((role) => aged(role, policy)),
      ...everyRole.map((role) => personalToken(role, all)),
      machineToken('viewer'),
      machineToken('manager'),
      ...delegated.filter((presenter) => presenter.of !== presenter.token?.role),
    ]
  }

  it.each([...byEffect].filter(([, operations]) => operations.length > 1))('%s', async (_effect, operations) => {
    const admitted = new Map<string, readonly string[]>()
    for (const { route, ownership } of operations) {
      const names: string[] = []
      for (const [index, presenter] of askers(route).entries()) {
        await restoreOwner(server, person('owner'))
        const status = await statusOf(route, presenter, ownership)
        if (status >= 200 && status < 300) names.push(`${index} ${presenter.token?.kind} ${presenter.token?.role}`)
      }
      admitted.set(route.operationId, names)
    }
    const [first, ...others] = [...admitted.values()]
    expect(first).not.toEqual([])
    for (const other of others) expect(other).toEqual(first)
  })
})

/** The password of every user as it was in the beginning, without hashing it again. */
const hashes = new Map<string, string>()
async function resetPasswords(): Promise<void> {
  const present = await server.sqlBesideWriter('SELECT id, password_hash FROM users')
  const isFirst = hashes.size === 0
  for (const { id, password_hash } of present) {
    const given = hashes.get(String(id))
    if (isFirst) hashes.set(String(id), String(password_hash))
    else if (given !== undefined && given !== password_hash)
      await server.sqlBesideWriter('UPDATE users SET password_hash = ? WHERE id = ?', given, String(id))
  }
}
