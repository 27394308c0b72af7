import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer()
})
afterAll(() => server.close())

let users = 0
/** A manager's session. */
const manager = async () => {
  const { id } = await server.user(`demoted-${++users}`, 'manager')
  return { ...(await server.session(id)), give: (role: string) => give(id, role) }
}
const give = async (id: string, role: string) => {
  server.sql('update users set role = ? where id = ?', role, id)
  // Another process's commit is heard of in the next turn.
  await new Promise((resolve) => setImmediate(resolve))
}
const roleOf = async (headers: Record<string, string>) => (await server.ask('GET', '/v1/me', { headers })).body.role

describe('I4 the role of a personal token that was created without one', () => {
  it.each<[string, (by: Awaited<ReturnType<typeof manager>>) => Promise<string>]>([
    [
      'POST /v1/tokens',
      async ({ access }) => {
        const { body } = await server.ask('POST', '/v1/tokens', { headers: bearer(access), body: {} })
        return String(body.token)
      },
    ],
  ])('N-464 is what the user may when it is made, not when they logged in: %s', async (_, create) => {
    const user = await manager()
    await user.give('viewer')
    const token = await create(user)
    const shown = { 'x-auth-token': token }
    expect(await roleOf(shown)).toBe('viewer')
    await user.give('manager')
    expect(await roleOf(shown), 'the role that comes back does not widen it').toBe('viewer')
    expect(await roleOf(bearer(user.access)), 'nor was the session of another role').toBe('manager')
  })
})
