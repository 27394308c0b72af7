// The numbers of sessions and personal tokens of a user are limited.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword } from '../../src/testing/test-server.ts'
import { bearer, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

let server: RecordedServer
beforeAll(async () => {
  const flags = { 'max-sessions': '3', 'max-vendor-sessions': '2', 'max-personal-tokens': '2' }
  server = await startRecordedServer({ flags, cheapHashes: true })
})
afterAll(() => server.close())

let made = 0
const newUser = async () => {
  const username = `many-${++made}`
  return { username, id: (await server.user(username)).id }
}
const logIn = (username: string) => server.ask('POST', '/v1/sessions', { body: { username, password: goodPassword } })
const works = async (token: unknown) =>
  (await server.ask('GET', '/v1/sessions/current', { headers: bearer(String(token)) })).status
const isLive = async (token: unknown) =>
  (await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: String(token) } })).status === 200

describe('N-414 native sessions', () => {
  it('are refused beyond the cap while all are in use, and say when to try again', async () => {
    const { username } = await newUser()
    const sessions = [await logIn(username), await logIn(username), await logIn(username)]
    server.time.advance(600)
    const { status, body, headers } = await logIn(username)
    expect([status, body.code, headers.get('retry-after')]).toEqual([429, 'too_many_sessions', '600'])
    for (const session of sessions) expect(await isLive(session.body.refresh_token)).toBe(true)
  })

  it('beyond the cap end the one that was unused for longest', async () => {
    const { username } = await newUser()
    const sessions = [await logIn(username), await logIn(username), await logIn(username)]
    server.time.advance(300)
    // A use that is not stored yet counts, too.
    expect(await works(sessions[0]?.body.access_token)).toBe(200)
    server.time.advance(301)
    expect((await logIn(username)).status).toBe(201)
    const live = await Promise.all(sessions.map(({ body }) => isLive(body.refresh_token)))
    expect(live.filter((yes) => yes)).toHaveLength(2)
    expect(live[0]).toBe(true)
  })

  it('N-415 are exactly as many as permitted, however many logins arrive at once', async () => {
    const { username, id } = await newUser()
    const answers = await Promise.all(Array.from({ length: 20 }, () => logIn(username)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(17)
    expect(server.sql('SELECT id FROM authorizations WHERE subject_id = ?', id)).toHaveLength(3)
  })

  it('that were ended no longer count, at once', async () => {
    const { username } = await newUser()
    const [first] = [await logIn(username), await logIn(username), await logIn(username)]
    const headers = bearer(String(first?.body.access_token))
    expect((await server.ask('DELETE', '/v1/sessions/current', { headers })).status).toBe(204)
    expect((await logIn(username)).status).toBe(201)
  })

  it('of a refused login leave no trace, and cost no other login anything', async () => {
    const { username, id } = await newUser()
    for (let turn = 0; turn < 6; turn++) await logIn(username)
    expect(server.sql('SELECT id FROM authorizations WHERE subject_id = ?', id)).toHaveLength(3)
  })
})

describe('N-417 personal tokens', () => {
  it('are refused beyond the cap, whenever the others were used', async () => {
    const { username } = await newUser()
    const create = async () => {
      const headers = bearer(String((await logIn(username)).body.access_token))
      return server.ask('POST', '/v1/tokens', { headers, body: {} })
    }
    const first = await create()
    expect([first.status, (await create()).status]).toEqual([201, 201])
    server.time.advance(86_400)
    const { status, body } = await create()
    expect([status, body.code]).toEqual([409, 'too_many_tokens'])
    const headers = bearer(String((await logIn(username)).body.access_token))
    await server.ask('DELETE', `/v1/tokens/${first.body.id}`, { headers })
    expect((await create()).status).toBe(201)
  })
})
