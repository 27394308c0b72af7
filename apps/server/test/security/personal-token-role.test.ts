import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

let house: RecordedServer
beforeAll(async () => {
  house = await startRecordedServer()
})
afterAll(() => house.close())

let people = 0
/** A manager's session. */
const manager = async () => {
  const { id } = await house.user(`demoted-${++people}`, 'manager')
  return { ...(await house.session(id)), give: (role: string) => give(id, role) }
}
const give = async (id: string, role: string) => {
  house.sql('update users set role = ? where id = ?', role, id)
  // Another process's commit is heard of in the next turn.
  await new Promise((resolve) => setImmediate(resolve))
}
const roleOf = async (headers: Record<string, string>) => (await house.ask('GET', '/v1/me', { headers })).body.role

describe('I4 the role of a personal token that asks for none', () => {
  it.each<[string, (by: Awaited<ReturnType<typeof manager>>) => Promise<string>]>([
    [
      'POST /v1/tokens',
      async ({ access }) => {
        const { body } = await house.ask('POST', '/v1/tokens', { headers: bearer(access), body: {} })
        return String(body.token)
      },
    ],
  ])('N-464 is what the person may when it is made, not when they logged in: %s', async (_, create) => {
    const person = await manager()
    await person.give('viewer')
    const token = await create(person)
    const shown = { 'x-auth-token': token }
    expect(await roleOf(shown)).toBe('viewer')
    await person.give('manager')
    expect(await roleOf(shown), 'the role that comes back does not widen it').toBe('viewer')
    expect(await roleOf(bearer(person.access)), 'nor was the session of another role').toBe('manager')
  })
})
