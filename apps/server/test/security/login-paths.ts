// Every way to guess a secret, taken from the contract: the operations that document 429. A new one does not compile
// until it has its entry here, and every case about guessing then holds for it too.
import { dialectNames } from '../../src/dialects/registry.ts'
import { routes } from '../../src/generated/index.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import type { Answer } from '../contract/recorder.ts'
import type { OwnOperation } from '../dialect-tests.ts'
import { ofDialects } from '../dialects.ts'
import { basic, bearer, form, type RecordedServer } from '../recorded-server.ts'
import type { Account, AccountKind, GuessableOperation, LoginPath } from './login-path.ts'

/** An account that succeeds again and again is a new one each time. */
export const isOnce = ({ of }: Pick<LoginPath, 'of'>): boolean => of !== 'password' && of !== 'client secret'
export const isUserPath = ({ of }: Pick<LoginPath, 'of'>): boolean => of !== 'client secret'

const oauthParameters: { readonly [K in GuessableOperation]?: Record<string, string> } = {
  issueToken: { grant_type: 'client_credentials' },
  introspectToken: { token: 'unknown' },
  revokeToken: { token: 'unknown' },
}

const clientPaths = (operationId: GuessableOperation): readonly LoginPath[] => {
  const parameters = oauthParameters[operationId] ?? {}
  const shared = { operationId, of: 'client secret', anyName: true } as const
  return [
    {
      ...shared,
      name: `${operationId} by Basic`,
      request: ({ name }, secret) => ({ headers: basic(name, secret), body: form(parameters) }),
    },
    {
      ...shared,
      name: `${operationId} by the form`,
      request: ({ name }, secret) => ({ body: form({ ...parameters, client_id: name, client_secret: secret }) }),
    },
  ]
}

/** The members of a body that carry a user's factors. */
const shown = (kind: AccountKind, { password }: Account, secret: string): Readonly<Record<string, unknown>> =>
  ({
    password: { password: secret },
    code: { code: secret },
    'password and code': { password, code: secret },
    'recovery code': { recovery_code: secret },
    'password and recovery code': { password, recovery_code: secret },
    'client secret': {},
  })[kind]

/** An operation at which a logged-in user shows the factors of a login again. */
const reauthentication = (
  operationId: GuessableOperation,
  kinds: readonly AccountKind[] = ['password', 'code', 'recovery code'],
  more: (kind: AccountKind) => object = () => ({}),
): readonly LoginPath[] =>
  kinds.map((of) => ({
    operationId,
    name: `${operationId} by ${of}`,
    of,
    anyName: false,
    request: (account, secret) => ({
      headers: bearer(account.access),
      body: { ...more(of), ...shown(of, account, secret) },
    }),
  }))

const own: { readonly [K in Extract<GuessableOperation, OwnOperation>]: readonly LoginPath[] } = {
  createSession: (['password', 'code', 'password and code', 'recovery code'] as const).map((of) => ({
    operationId: 'createSession',
    name: `createSession by ${of}`,
    of,
    anyName: true,
    request: (account, secret) => ({ body: { username: account.name, ...shown(of, account, secret) } }),
  })),
  changePassword: [
    {
      operationId: 'changePassword',
      name: 'changePassword',
      of: 'password',
      anyName: false,
      request: ({ access }, secret) => ({
        headers: bearer(access),
        body: { current_password: secret, new_password: goodPassword },
      }),
    },
    ...(['password and code', 'password and recovery code'] as const).map((of) => ({
      operationId: 'changePassword' as const,
      name: `changePassword by ${of}`,
      of,
      anyName: false,
      request: (account: Account, secret: string) => {
        // Who has only a password to show shows that one here, too.
        const { password: current_password = goodPassword, ...code } = shown(of, account, secret)
        return { headers: bearer(account.access), body: { current_password, ...code, new_password: goodPassword } }
      },
    })),
  ],
  setRequiredFactors: reauthentication('setRequiredFactors', ['password', 'code'], (kind) => ({
    required_factors: [kind === 'password' ? kind : 'totp'],
  })),
  startTotpEnrolment: reauthentication('startTotpEnrolment'),
  // New codes take the old ones' place.
  createRecoveryCodes: reauthentication('createRecoveryCodes').map((path) =>
    path.of === 'recovery code' ? { ...path, final: true } : path,
  ),
  confirmTotpEnrolment: [
    {
      operationId: 'confirmTotpEnrolment',
      name: 'confirmTotpEnrolment',
      of: 'code',
      anyName: false,
      final: true,
      request: ({ access }, secret) => ({ headers: bearer(access), body: { code: secret } }),
    },
  ],
  // A caller that succeeds is no longer the owner.
  createPersonalToken: reauthentication('createPersonalToken'),
  transferOwnership: reauthentication('transferOwnership').map((path) => ({ ...path, asOwner: true, final: true })),
  endSessions: reauthentication('endSessions').map((path) => ({ ...path, asOwner: true, query: '?everybody=true' })),
  issueToken: clientPaths('issueToken'),
  introspectToken: clientPaths('introspectToken'),
  revokeToken: clientPaths('revokeToken'),
}

const byOperation: Readonly<Record<string, readonly LoginPath[]>> = {
  ...own,
  ...ofDialects(({ guessing }) => guessing),
}

export const loginPaths: readonly LoginPath[] = Object.values(byOperation).flat()
/** Logins of the dialects by a user's password. */
export const dialectPasswordPaths: readonly LoginPath[] = loginPaths.filter(
  ({ operationId, of, anyName }) => dialectNames.includes(routes[operationId].tag) && of === 'password' && anyName,
)
/** Logins by a code alone. */
export const codePaths: readonly LoginPath[] = loginPaths.filter(({ of, anyName }) => of === 'code' && anyName)
export const knownOperations: readonly string[] = Object.keys(byOperation)

let made = 0

/** A new account whose secret can be guessed on this path. */
export async function newAccount(server: RecordedServer, { of: kind }: Pick<LoginPath, 'of'>): Promise<Account> {
  const name = `account-${++made}`
  if (kind === 'client secret') {
    const { client, secret } = await server.client({ name })
    const [credential] = await server.running.authority.store.clients.listCredentials(client.id)
    return { name: client.id, kind, secret, access: '', keyId: credential?.id }
  }
  if (kind === 'password') {
    const { id } = await server.user(name)
    const [{ client }, { access }] = await Promise.all([server.client(), server.session(id)])
    return { name, kind, secret: goodPassword, access, clientId: client.id }
  }
  const { id, username, password, authenticator } = await server.enrolled(
    kind.startsWith('password and') ? ['password', 'totp'] : ['totp'],
  )
  const { access } = await server.session(id)
  const codes = kind.endsWith('recovery code') ? await server.recoveryCodes(id) : []
  let steps = -2
  return {
    name: username,
    kind,
    password,
    access,
    get secret() {
      return codes.pop() ?? authenticator.code(++steps)
    },
  }
}

/** A user with this name and no other factor. */
export const named = (name: string): Account => ({ name, kind: 'password', secret: '', access: '' })

/** An address that was never used before. */
export const newAddress = (): string => {
  made++
  return `198.51.${made >> 8}.${made & 255}`
}

/** A guess that is wrong and can be reported as such. */
export const wrongSecret = ({ of }: LoginPath): string =>
  ({
    password: 'a secret that is not it',
    code: '000000',
    'password and code': '000000',
    'recovery code': 'AAAA-BBBB-CCCC-DDDD-EEEE-FFFF',
    'password and recovery code': 'AAAA-BBBB-CCCC-DDDD',
    'client secret': 'a secret that is not it',
  })[of]

/** One guess, from an address that a trusted proxy tells. */
export function guess(
  server: RecordedServer,
  path: LoginPath,
  account: Account,
  secret: string,
  address: string,
): Promise<Answer> {
  const { method, path: target } = routes[path.operationId]
  const ask = (of: Account, id = '') => {
    const question = path.request(of, secret)
    const headers = { ...question.headers, 'x-forwarded-for': address }
    return server.ask(method, target.replace('{id}', id) + (path.query ?? ''), { ...question, headers })
  }
  return path.asOwner ? asOwner(server, account, ask) : ask(account)
}

const owners = new WeakMap<RecordedServer, Promise<unknown>>()

/** One after the other, since there is one owner only. The request is about another user. */
function asOwner(
  server: RecordedServer,
  account: Account,
  ask: (of: Account, id: string) => Promise<Answer>,
): Promise<Answer> {
  const { users } = server.running.authority.store
  const turn = (owners.get(server) ?? Promise.resolve()).then(async () => {
    const present = (await users.findOwner()) ?? (await server.user(`owner-${++made}`, 'owner'))
    const next = await users.findByName(account.name)
    if (!next) throw new Error(`there is no ${account.name}`)
    if (present.id !== next.id) {
      const audit = { at: next.createdAt, action: 'ownership_transferred' } as const
      await users.transferOwnership(present.id, next.id, { latest: next.createdAt }, audit)
    }
    const { id } = await server.user(`successor-${++made}`)
    const { access } = await server.session(next.id)
    return ask(Object.create(account, { access: { value: access } }), id)
  })
  owners.set(
    server,
    turn.catch(() => undefined),
  )
  return turn
}

/** Everything of a response by which an unknown caller could distinguish two of them. */
export const appearance = ({ status, headers, text }: Answer): unknown => ({
  status,
  text,
  headers: [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id'),
})
