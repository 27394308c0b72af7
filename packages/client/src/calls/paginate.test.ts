import { describe, expect, it } from 'vitest'
import { startHttpServer } from '../testing/http-server.ts'
import { problem } from '../testing/session-rules.ts'
import { createClient } from './client.ts'
import { paginate } from './paginate.ts'

/** A server that lists `user-0`, `user-1`, … in pages of two; the cursor of a page is its first number. */
async function startList(count: number) {
  const server = await startHttpServer(({ path }) => {
    const start = Number(new URLSearchParams(path.split('?')[1]).get('cursor') ?? 0)
    const users = Array.from({ length: Math.min(2, count - start) }, (_, at) => ({ username: `user-${start + at}` }))
    const next = start + 2 < count ? `${start + 2}` : null
    return { status: 200, json: { users, next_cursor: next } }
  })
  return { server, client: createClient({ baseUrl: server.url }) }
}

describe('paginate', () => {
  it.each([0, 1, 2, 5])('yields all of %i items, in order', async (count) => {
    const { server, client } = await startList(count)
    const names: string[] = []
    for await (const { username } of paginate(client, '/v1/users')) names.push(username)
    expect(names).toEqual(Array.from({ length: count }, (_, at) => `user-${at}`))
    expect(server.received).toHaveLength(Math.max(1, Math.ceil(count / 2)))
  })

  it('sends the parameters with every page', async () => {
    const { server, client } = await startList(3)
    for await (const _ of paginate(client, '/v1/audit', { query: { action: 'login_failed', limit: 2 } }));
    const paths = server.received.map(({ path }) => path)
    expect(paths).toEqual(['/v1/audit?action=login_failed&limit=2', '/v1/audit?action=login_failed&limit=2&cursor=2'])
  })

  it('requests no page that the caller does not read', async () => {
    const { server, client } = await startList(9)
    for await (const { username } of paginate(client, '/v1/users')) if (username === 'user-2') break
    expect(server.received).toHaveLength(2)
  })

  it('throws the refusal of a page as unwrap does', async () => {
    const server = await startHttpServer(() => problem(403, 'access_denied'))
    const list = paginate(createClient({ baseUrl: server.url }), '/v1/users')
    await expect(list.next()).rejects.toMatchObject({ name: 'ProblemError', code: 'access_denied' })
  })

  it.each<[string, unknown]>([
    ['has no list', { next_cursor: null }],
    ['has no cursor', { users: [] }],
    ['is no object', []],
    ['repeats its cursor', { users: [], next_cursor: 'x' }],
  ])('ends with an UnexpectedResponseError where a page %s', async (_, json) => {
    const server = await startHttpServer(() => ({ status: 200, json }))
    const list = paginate(createClient({ baseUrl: server.url }), '/v1/users')
    await expect(list.next()).rejects.toMatchObject({ code: 'unexpected_response', reason: 'not a page of a list' })
  })

  it('ends with the reason of its signal', async () => {
    const { client } = await startList(9)
    const controller = new AbortController()
    const list = paginate(client, '/v1/users', { signal: controller.signal })
    await list.next()
    await list.next()
    controller.abort(new RangeError('enough'))
    await expect(list.next()).rejects.toThrow(RangeError)
  })
})
