import type { DialectTests } from '../../../../test/dialect-tests.ts'
import { form } from '../../../../test/recorded-server.ts'
import { goodPassword } from '../../../testing/test-server.ts'
import { insightExercises } from './exercises.ts'

let made = 0

export const dialectTests: DialectTests<'insight'> = {
  dialect: 'insight',
  exercises: insightExercises,
  access: {
    bodies: { insightLogin: async () => form({ username: 'a-viewer', password: goodPassword }) },
    showPasswords: ['insightLogin'],
  },
  guessing: {
    insightLogin: [
      {
        operationId: 'insightLogin',
        name: 'insightLogin',
        of: 'password',
        anyName: true,
        request: ({ name }, secret) => ({ body: form({ username: name, password: secret }) }),
      },
    ],
  },
  refreshing: {},
  gives: { insightLogin: ['access'], insightCreateToken: ['access'], insightCreateTokenByGet: ['access'] },
  foreignPage: { error: 'Forbidden' },
  async issue(server) {
    const username = `insight-client-${++made}`
    const { id } = await server.user(username)
    const body = form({ username, password: goodPassword })
    const answer = await server.ask('POST', '/api/authenticate/userpass', { body })
    return { subject: id, kind: 'personal', tokens: [String(answer.body.token)] }
  },
}
