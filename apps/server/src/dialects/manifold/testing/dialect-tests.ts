import type { DialectTests } from '../../../../test/dialect-tests.ts'
import { basic } from '../../../../test/recorded-server.ts'
import type { GuessableOperation, LoginPath } from '../../../../test/security/login-path.ts'
import { asBearer, refusal, session } from '../../../../test/security/refresh-requests.ts'
import type { RefreshingWay } from '../../../../test/security/refreshing-path.ts'
import { goodPassword } from '../../../testing/test-server.ts'
import { manifoldSessionPolicy } from '../policy.ts'
import { manifoldExercises } from './exercises.ts'

const pair = ['access', 'refresh'] as const
let made = 0

const basicPath = (operationId: GuessableOperation): readonly LoginPath[] => [
  {
    operationId,
    name: operationId,
    of: 'password',
    anyName: true,
    request: ({ name }, secret) => ({ headers: basic(name, secret) }),
  },
]

const refreshing: RefreshingWay = {
  ...asBearer,
  sources: [session('Manifold login', manifoldSessionPolicy)],
  refused: refusal(401, { code: 401 }),
  grace: 'refuse',
}

export const dialectTests: DialectTests<'manifold'> = {
  dialect: 'manifold',
  sessionPolicy: manifoldSessionPolicy,
  exercises: manifoldExercises,
  access: { things: { manifoldShowInstance: { exists: '0', missing: '4711' } } },
  guessing: {
    manifoldLogin: basicPath('manifoldLogin'),
    manifoldLoginByPost: basicPath('manifoldLoginByPost'),
  },
  refreshing: { manifoldLogin: refreshing, manifoldLoginByPost: refreshing },
  gives: { manifoldLogin: pair, manifoldLoginByPost: pair },
  foreignPage: { code: 403, error: 'Forbidden', details: [] },
  readsAsNative: true,
  async issue(server) {
    const username = `manifold-client-${++made}`
    const { id } = await server.user(username)
    const { body } = await server.ask('POST', '/manifold-api/login', { headers: basic(username, goodPassword) })
    return { subject: id, kind: 'session', tokens: [String(body.token), String(body.refresh_token)] }
  },
}
