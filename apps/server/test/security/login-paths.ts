// Every way to guess a secret, taken from the contract: the operations that document 429. A new one does not compile
// until it has its entry here, and every case about guessing then holds for it too.
import { type OperationId, routes } from '../../src/generated/index.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import type { Answer, Question } from '../contract/recorder.ts'
import { basic, bearer, form, type RecordedServer } from '../recorded-server.ts'

/** The operations at which a secret can be guessed. */
export type GuessableOperation = {
  [K in OperationId]: 429 extends (typeof routes)[K]['statuses'][number] ? K : never
}[OperationId]

/** Whose secret is guessed: a person by name, or a client by id. */
export interface Account {
  readonly name: string
  readonly secret: string
  /** An access token of the person, for those who authenticate anew. */
  readonly access: string
  /** The public half of a client's secret. */
  readonly keyId?: string | undefined
  /** A client to log in through. */
  readonly clientId?: string | undefined
}

export interface LoginPath {
  readonly operationId: GuessableOperation
  readonly name: string
  readonly of: 'person' | 'client'
  /** Whether any name can be tried; not so where one is logged in already. */
  readonly anyName: boolean
  request(account: Account, secret: string): Question
  /** What a wrong guess is answered. Default is 401. */
  readonly refused?: number
  /** The secret is a code, good once: somebody who gets theirs right again and again is somebody new each time. */
  readonly once?: true
  /** After a right one there is nothing left to guess. */
  readonly final?: true
}

const oauthParameters: { readonly [K in GuessableOperation]?: Record<string, string> } = {
  issueToken: { grant_type: 'client_credentials' },
  introspectToken: { token: 'unknown' },
  revokeToken: { token: 'unknown' },
}

const clientPaths = (operationId: GuessableOperation): readonly LoginPath[] => {
  const parameters = oauthParameters[operationId] ?? {}
  const shared = { operationId, of: 'client', anyName: true } as const
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

const basicPath = (operationId: GuessableOperation): readonly LoginPath[] => [
  {
    operationId,
    name: operationId,
    of: 'person',
    anyName: true,
    request: ({ name }, secret) => ({ headers: basic(name, secret) }),
  },
]

/** An operation at which somebody who is logged in shows their password again. */
const reauthentication = (operationId: GuessableOperation, body: object = {}): readonly LoginPath[] => [
  {
    operationId,
    name: operationId,
    of: 'person',
    anyName: false,
    request: ({ access }, secret) => ({ headers: bearer(access), body: { ...body, password: secret } }),
  },
]

/** The key's id is known, its secret is not. */
const lyvePath = (operationId: GuessableOperation): readonly LoginPath[] => [
  {
    operationId,
    name: operationId,
    of: 'client',
    anyName: true,
    refused: 403,
    request: ({ name, keyId }, secret) => ({ body: { accountId: name, accessKey: keyId ?? 'unknown', secret } }),
  },
]

/** The client call names a client too; its id is no secret. */
const efaPath = (operationId: GuessableOperation): readonly LoginPath[] => [
  {
    operationId,
    name: operationId,
    of: 'person',
    anyName: true,
    request: ({ name, clientId }, secret) => ({ body: { username: name, password: secret, clientId } }),
  },
]

const byOperation: { readonly [K in GuessableOperation]: readonly LoginPath[] } = {
  createSession: [
    {
      operationId: 'createSession',
      name: 'createSession',
      of: 'person',
      anyName: true,
      request: ({ name }, secret) => ({ body: { username: name, password: secret } }),
    },
  ],
  insightLogin: [
    {
      operationId: 'insightLogin',
      name: 'insightLogin',
      of: 'person',
      anyName: true,
      request: ({ name }, secret) => ({ body: form({ username: name, password: secret }) }),
    },
  ],
  manifoldLogin: basicPath('manifoldLogin'),
  manifoldLoginByPost: basicPath('manifoldLoginByPost'),
  changePassword: [
    {
      operationId: 'changePassword',
      name: 'changePassword',
      of: 'person',
      anyName: false,
      request: ({ access }, secret) => ({
        headers: bearer(access),
        body: { current_password: secret, new_password: goodPassword },
      }),
    },
  ],
  setRequiredFactors: reauthentication('setRequiredFactors', { required_factors: ['password'] }),
  startTotpEnrolment: reauthentication('startTotpEnrolment'),
  createRecoveryCodes: reauthentication('createRecoveryCodes'),
  confirmTotpEnrolment: [
    {
      operationId: 'confirmTotpEnrolment',
      name: 'confirmTotpEnrolment',
      of: 'person',
      anyName: false,
      once: true,
      final: true,
      request: ({ access }, secret) => ({ headers: bearer(access), body: { code: secret } }),
    },
  ],
  cikitLogin: [
    {
      operationId: 'cikitLogin',
      name: 'cikitLogin',
      of: 'person',
      anyName: true,
      refused: 400,
      once: true,
      request: ({ name }, secret) => ({ body: { username: name, code: secret } }),
    },
  ],
  lyveIssueToken: lyvePath('lyveIssueToken'),
  lyveIssueTokenAtSlash: lyvePath('lyveIssueTokenAtSlash'),
  efaIssueAccessToken: efaPath('efaIssueAccessToken'),
  efaIssueClientAccessToken: efaPath('efaIssueClientAccessToken'),
  issueToken: clientPaths('issueToken'),
  introspectToken: clientPaths('introspectToken'),
  revokeToken: clientPaths('revokeToken'),
}

export const loginPaths: readonly LoginPath[] = Object.values(byOperation).flat()
export const knownOperations: readonly string[] = Object.keys(byOperation)

let made = 0

/** Somebody new whose secret can be guessed on this path. */
export async function newAccount(house: RecordedServer, path: Pick<LoginPath, 'of' | 'once'>): Promise<Account> {
  made++
  if (path.once) {
    const { id, username, authenticator } = await house.enrolled()
    const { access } = await house.session(id)
    let steps = -2
    // Each read is another code of the present: there are three.
    return {
      name: username,
      access,
      get secret() {
        steps++
        return authenticator.code(steps)
      },
    }
  }
  if (path.of === 'client') {
    const { client, secret } = await house.client({ name: `account-${made}` })
    const [credential] = await house.server.authority.store.clients.listCredentials(client.id)
    return { name: client.id, secret, access: '', keyId: credential?.id }
  }
  const { id } = await house.user(`account-${made}`)
  const [{ client }, { access }] = await Promise.all([house.client(), house.session(id)])
  return { name: `account-${made}`, secret: goodPassword, access, clientId: client.id }
}

/** An address that nobody came from before. */
export const newAddress = (): string => {
  made++
  return `198.51.${made >> 8}.${made & 255}`
}

/** A guess that is wrong and can be told as such. */
export const wrongSecret = (path: LoginPath): string => (path.once ? '000000' : 'a secret that is not it')

/** One guess, from an address that a trusted proxy tells. */
export function guess(
  house: RecordedServer,
  path: LoginPath,
  account: Account,
  secret: string,
  address: string,
): Promise<Answer> {
  const { method, path: target } = routes[path.operationId]
  const question = path.request(account, secret)
  return house.ask(method, target, { ...question, headers: { ...question.headers, 'x-forwarded-for': address } })
}

/** Everything of an answer that a stranger can tell two of them apart by. */
export const appearance = ({ status, headers, text }: Answer): unknown => ({
  status,
  text,
  headers: [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id'),
})
