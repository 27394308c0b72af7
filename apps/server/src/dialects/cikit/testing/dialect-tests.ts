import type { DialectTests } from '../../../../test/dialect-tests.ts'
import { inJson, refusal, session } from '../../../../test/security/refresh-requests.ts'
import { cikitSessionPolicy } from '../policy.ts'
import { cikitExercises } from './exercises.ts'

const pair = ['access', 'refresh'] as const
const setup = ['TOTP secret', 'TOTP picture'] as const
let made = 0

export const dialectTests: DialectTests<'cikit'> = {
  dialect: 'cikit',
  sessionPolicy: cikitSessionPolicy,
  exercises: cikitExercises,
  access: {
    bodies: {
      cikitLogin: async (server) => {
        const { username, authenticator } = await server.enrolled()
        return { username, code: authenticator.code() }
      },
      cikitRefresh: async (server) => {
        const { id } = await server.enrolled()
        return { grant_type: 'refresh_token', refresh_token: (await server.session(id, cikitSessionPolicy)).refresh }
      },
      cikitAddUser: async () => ({ username: `added-by-cikit-${++made}`, group: 'viewer' }),
    },
    answeredAs(operationId, ownership, expected, role) {
      if (expected === 'too old') return 403
      if (operationId === 'cikitRevokeAccess' && expected === 404) {
        // The vendor looks up the user before checking whether the caller may revoke for others.
        if (ownership !== 'other') return 400
        return role === 'owner' ? 'allowed' : 401
      }
      if (expected === 404) return 400
      return operationId === 'cikitDeleteUser' && ownership === 'own' && expected === 'allowed' ? 403 : undefined
    },
  },
  guessing: {
    cikitLogin: [
      {
        operationId: 'cikitLogin',
        name: 'cikitLogin',
        of: 'code',
        anyName: true,
        refused: 400,
        request: ({ name }, secret) => ({ body: { username: name, code: secret } }),
      },
    ],
  },
  refreshing: {
    cikitRefresh: {
      ...inJson((token) => ({ grant_type: 'refresh_token', refresh_token: token })),
      sources: [session('CIKit login', cikitSessionPolicy)],
      refused: refusal(401, { errorId: 910 }),
      grace: 'refuse',
    },
  },
  gives: { cikitLogin: pair, cikitRefresh: pair, cikitShowSetup: setup, cikitShowSetupByPost: setup },
  foreignPage: { error: 'Access denied', errorId: 912 },
  noSuchMethod: 404,
  async issue(server) {
    const { id, username, authenticator } = await server.enrolled()
    const { body } = await server.ask('POST', '/api/v1/user/auth', { body: { username, code: authenticator.code() } })
    return { subject: id, kind: 'session', tokens: [String(body.access_token), String(body.refresh_token)] }
  },
}
