import { throughClient } from '@countersign/core'
import type { DialectTests } from '../../../../test/dialect-tests.ts'
import type { RecordedServer } from '../../../../test/recorded-server.ts'
import type { GuessableOperation, LoginPath } from '../../../../test/security/login-path.ts'
import { inJson, refusal, session } from '../../../../test/security/refresh-requests.ts'
import type { Source } from '../../../../test/security/refreshing-path.ts'
import { goodPassword } from '../../../testing/test-server.ts'
import { efaSessionPolicy, efaSystemPolicy } from '../policy.ts'
import { efaExercises } from './exercises.ts'

const pair = ['access', 'refresh'] as const
const login = { username: 'a-viewer', password: goodPassword }
const newClientId = async (server: RecordedServer): Promise<string> => (await server.client()).client.id
let made = 0

/** The client call names a client too; its id is no secret. */
const loginPath = (operationId: GuessableOperation): readonly LoginPath[] => [
  {
    operationId,
    name: operationId,
    of: 'password',
    anyName: true,
    request: ({ name, clientId }, secret) => ({ body: { username: name, password: secret, clientId } }),
  },
]

const extendedToken: Source = {
  name: 'EFA extended token',
  dialect: 'efa',
  of: 'client',
  async open(server) {
    const { client } = await server.client({ role: 'manager' })
    const tokens = await server.fixedToken(client, { dialect: 'efa', lifetimeSeconds: 300 })
    return { ...tokens, subject: { kind: 'client', id: client.id, name: client.name } }
  },
}

export const dialectTests: DialectTests<'efa'> = {
  dialect: 'efa',
  sessionPolicy: efaSessionPolicy,
  exercises: efaExercises,
  access: {
    queries: {
      efaShowExpiry: async () => 'type=ACCESS',
      efaShowApiKey: async (server) => `clientId=${await newClientId(server)}`,
      efaShowClient: async (server) => `name=${(await server.client()).client.name}`,
      efaRemoveClient: async (server) => `name=${(await server.client()).client.name}`,
    },
    bodies: {
      efaIssueAccessToken: async () => login,
      efaIssueClientAccessToken: async (server) => ({ ...login, clientId: await newClientId(server) }),
      efaIssueExtendedSystemAccessToken: async (server) => ({ clientId: await newClientId(server), expiry: 60 }),
      efaRefreshToken: async (server, user) => ({
        'grant-type': 'refresh_token',
        'refresh-token': (await server.session(user, efaSessionPolicy)).refresh,
      }),
      efaChangeExpiry: async () => ({ type: 'ACCESS', hours: 1 }),
      efaIssueApiKey: async (server) => ({ clientId: await newClientId(server) }),
      efaRegisterClient: async () => ({ name: `registered ${++made}`, clientType: 'host' }),
    },
    showPasswords: ['efaIssueAccessToken', 'efaIssueClientAccessToken'],
    delegated: [
      {
        name: 'a session of a viewer through a client',
        of: 'viewer',
        role: 'viewer',
        policy: async (server) => throughClient(efaSessionPolicy, (await server.client()).client),
      },
      { name: 'a system token of the owner', of: 'owner', role: 'manager', policy: async () => efaSystemPolicy },
    ],
  },
  guessing: {
    efaIssueAccessToken: loginPath('efaIssueAccessToken'),
    efaIssueClientAccessToken: loginPath('efaIssueClientAccessToken'),
  },
  refreshing: {
    efaRefreshToken: {
      ...inJson((token) => ({ 'grant-type': 'refresh_token', 'refresh-token': token })),
      sources: [session('EFA login', efaSessionPolicy), session('EFA system token', efaSystemPolicy), extendedToken],
      refused: refusal(401, { code: 25005 }),
      grace: 'successor',
    },
  },
  gives: {
    efaIssueAccessToken: pair,
    efaIssueExtendedSystemAccessToken: pair,
    efaIssueSystemAccessToken: pair,
    efaIssueClientAccessToken: ['access'],
    efaRefreshToken: pair,
    efaIssueApiKey: ['access'],
  },
  foreignPage: { code: 1000, message: 'No access to resource' },
  async issue(server) {
    const username = `efa-client-${++made}`
    const { id } = await server.user(username)
    const body = { username, password: goodPassword }
    const answer = await server.ask('POST', '/v1/auth/token/access-token', { body })
    return {
      subject: id,
      kind: 'session',
      tokens: [String(answer.body['access-token']), String(answer.body['refresh-token'])],
    }
  },
}
