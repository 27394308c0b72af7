import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Issued } from '../../test/dialect-tests.ts'
import { dialectTests } from '../../test/dialects.ts'
import { bearer, type RecordedServer, startRecordedServer } from '../../test/recorded-server.ts'

let server: RecordedServer
let boss: { readonly id: string }
let owner: Record<string, string>
beforeAll(async () => {
  server = await startRecordedServer()
  boss = await server.user('boss', 'owner')
  owner = bearer((await server.session(boss.id)).access)
})
afterAll(() => server.close())

let users = 0
const newUser = async () => {
  const username = `seen-${++users}`
  return { username, id: (await server.user(username)).id }
}
const post = (path: string, body: object, headers = owner) => server.ask('POST', path, { headers, body })
const get = (path: string, headers = owner) => server.ask('GET', path, { headers })
const introspect = async (token: string) => (await post('/v1/introspect', { token })).body
interface Listed {
  readonly id: string
  readonly kind: string
  readonly dialect: string
  readonly subject: { readonly kind: string; readonly id: string }
}
const listed = async (query: string) => (await get(`/v1/authorizations?${query}`)).body.authorizations as Listed[]

/** A token of each way in, as its clients get it. `path`: what shows whether it still opens anything. */
const waysIn: Record<string, () => Promise<Issued>> = {
  async native() {
    const { id } = await newUser()
    const { access, refresh } = await server.session(id)
    return { subject: id, kind: 'session', tokens: [access, refresh] }
  },
  ...Object.fromEntries(dialectTests.map(({ dialect, issue }) => [dialect, () => issue(server)])),
}

describe.each(Object.keys(waysIn))('the owner, about a client of %s', (dialect) => {
  const make = async () => waysIn[dialect]?.() ?? { subject: '', kind: 'session', tokens: [] }

  it('sees it, introspects each of its tokens and revokes it by id', async () => {
    const { subject, kind, tokens } = await make()
    const mine = await listed(`subject=${subject}&dialect=${dialect}&kind=${kind}`)
    expect(mine).toMatchObject([{ dialect, kind, subject: { id: subject } }])
    const id = String(mine[0]?.id)
    expect((await listed(`all=true&limit=200&dialect=${dialect}`)).map((each) => each.id)).toContain(id)
    for (const token of tokens) expect(await introspect(token)).toMatchObject({ active: true, sub: subject, sid: id })
    expect((await server.ask('DELETE', `/v1/authorizations/${id}`, { headers: owner })).status).toBe(204)
    for (const token of tokens) expect(await introspect(token)).toEqual({ active: false })
    expect(await listed(`subject=${subject}&dialect=${dialect}`)).toEqual([])
  })

  it('revokes it by any one of its tokens, and again does nothing', async () => {
    const count = (await make()).tokens.length
    for (let i = 0; i < count; i++) {
      const { tokens } = await make()
      const body = { token: tokens[i] as string }
      expect((await post('/v1/revoke', body)).status).toBe(204)
      for (const token of tokens) expect(await introspect(token)).toEqual({ active: false })
      expect((await post('/v1/revoke', body)).status).toBe(204)
    }
  })
})

describe('a user who is not the owner', () => {
  it('sees their own authorizations, and is refused others’', async () => {
    const [viewer, other] = [await newUser(), await newUser()]
    const headers = bearer((await server.session(viewer.id)).access)
    await server.session(other.id)
    for (const query of [
      'all=true',
      `subject=${other.id}`,
      `subject=${'0'.repeat(22)}`,
      `all=true&subject=${other.id}`,
    ]) {
      expect((await get(`/v1/authorizations?${query}`, headers)).status).toBe(403)
    }
    const own = await get(`/v1/authorizations?subject=${viewer.id}`, headers)
    expect((own.body.authorizations as Listed[]).map(({ subject }) => subject.id)).toEqual([viewer.id])
    expect((await get('/v1/authorizations?all=false', headers)).text).toBe(own.text)
  })

  it('ends no other user’s, and learns nothing', async () => {
    const viewer = await server.user(`seen-${++users}`, 'manager')
    const headers = bearer((await server.session(viewer.id)).access)
    const theirs = await server.session(boss.id)
    for (const [path, body] of [
      ['/v1/introspect', { token: theirs.access }],
      ['/v1/revoke', { token: theirs.access }],
    ] as const) {
      expect((await post(path, body, headers)).status).toBe(403)
    }
    expect((await server.ask('DELETE', `/v1/authorizations/${theirs.id}`, { headers })).status).toBe(404)
    expect((await get('/v1/audit', headers)).status).toBe(403)
    expect((await get('/v1/me', bearer(theirs.access))).status).toBe(200)
  })
})

it('the owner gets 404 for an id that does not exist', async () => {
  expect((await server.ask('DELETE', `/v1/authorizations/${'0'.repeat(22)}`, { headers: owner })).status).toBe(404)
})

it('a token that is nothing is inactive, and to revoke it does nothing', async () => {
  for (const token of ['x', 'cs_pat_x', 'f'.repeat(64), 'a.b.c']) {
    expect(await introspect(token)).toEqual({ active: false })
    expect((await post('/v1/revoke', { token })).status).toBe(204)
  }
})

it('a cursor of one list is none of another', async () => {
  for (let i = 0; i < 2; i++) await server.session(boss.id)
  const { body } = await get('/v1/authorizations?limit=1&kind=session')
  const cursor = String(body.next_cursor)
  expect((await get(`/v1/authorizations?limit=1&kind=session&cursor=${cursor}`)).status).toBe(200)
  for (const query of ['', 'all=true&', 'kind=personal&', 'kind=session&dialect=native&']) {
    expect((await get(`/v1/authorizations?${query}limit=1&cursor=${cursor}`)).status).toBe(400)
  }
})

describe('the audit trail', () => {
  interface Event {
    readonly sequence: number
    readonly action: string
    readonly actor?: object
    readonly authorization_id?: string
  }

  it('shows the owner who did what, newest first', async () => {
    const { id } = await newUser()
    const session = await server.session(id)
    await server.ask('DELETE', `/v1/authorizations/${session.id}`, { headers: owner })
    const { text, body } = await get('/v1/audit?limit=2')
    expect(body.events).toMatchObject([
      {
        action: 'authorization_revoked',
        actor: { kind: 'user', id: boss.id },
        subject: { kind: 'user', id },
        authorization_id: session.id,
        dialect: 'native',
      },
      { action: 'authorization_created', authorization_id: session.id },
    ])
    for (const secret of [session.access, session.refresh]) expect(text).not.toContain(secret)
  })

  it('is paged to its beginning, leaving nothing out', async () => {
    const seen: number[] = []
    let cursor: unknown
    do {
      const query = cursor === undefined ? '' : `&cursor=${String(cursor)}`
      const { body } = await get(`/v1/audit?limit=7${query}`)
      seen.push(...(body.events as Event[]).map(({ sequence }) => sequence))
      cursor = body.next_cursor
    } while (cursor !== null)
    const all = server.sql('SELECT sequence FROM audit ORDER BY sequence DESC').map(({ sequence }) => sequence)
    expect(seen).toEqual(all)
    expect((await get('/v1/audit?cursor=MDA2OGYyYTFiMzBjOWQ0ZTdmOGExYg')).status).toBe(400)
  })
})
