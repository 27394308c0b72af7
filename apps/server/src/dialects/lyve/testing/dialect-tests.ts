import type { DialectTests } from '../../../../test/dialect-tests.ts'
import type { GuessableOperation, LoginPath } from '../../../../test/security/login-path.ts'
import { lyve } from '../dialect.ts'
import { newAccessKey } from './access-key.ts'
import { lyveExercises } from './exercises.ts'

/** The key's id is known, its secret is not. */
const keyPath = (operationId: GuessableOperation): readonly LoginPath[] => [
  {
    operationId,
    name: operationId,
    of: 'client secret',
    anyName: true,
    refused: 403,
    request: ({ name, keyId }, secret) => ({ body: { accountId: name, accessKey: keyId ?? 'unknown', secret } }),
  },
]

export const dialectTests: DialectTests<'lyve'> = {
  dialect: 'lyve',
  exercises: lyveExercises,
  access: {
    bodies: { lyveIssueToken: newAccessKey, lyveIssueTokenAtSlash: newAccessKey },
    // Lyve knows no 401.
    answeredAs: (_operationId, _ownership, expected) => (expected === 401 || expected === 'too old' ? 400 : undefined),
  },
  guessing: {
    lyveIssueToken: keyPath('lyveIssueToken'),
    lyveIssueTokenAtSlash: keyPath('lyveIssueTokenAtSlash'),
  },
  refreshing: {},
  gives: { lyveIssueToken: ['access'], lyveIssueTokenAtSlash: ['access'] },
  foreignPage: { code: 'AuthenticationFailed' },
  keyLogin: '/v2/auth/token',
  tokenLifetimeSeconds: lyve.options.lifetimeSeconds.default,
  errorSchema: 'LyveError',
  async issue(server) {
    const key = await newAccessKey(server)
    const { body } = await server.ask('POST', '/v2/auth/token', { body: key })
    return { subject: key.accountId, kind: 'fixed', tokens: [String(body.token)] }
  },
}
