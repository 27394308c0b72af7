import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { membersOf, operations } from '../contract/document.ts'
import { basic, bearer, cookie, form, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { refuseWrite } from '../refused-write.ts'
import type { Opened, RefreshingPath } from './refreshing-path.ts'
import {
  ask,
  elsewhere,
  knownOperations,
  type Refreshed,
  refresh,
  refreshingPaths,
  sources,
} from './refreshing-paths.ts'

const key = 'k'.repeat(22)
const otherKey = 'q'.repeat(22)
const newPassword = 'a quiet lighthouse keeps its own hours'

let server: RecordedServer
/** Another process on the same data folder, at the same time. */
let neighbour: RecordedServer
let data: string
let owner: string
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'countersign-refresh-'))
  server = await startRecordedServer({ data })
  neighbour = await startRecordedServer({ data, time: server.time })
  owner = (await server.user('boss', 'owner')).id
})
afterAll(async () => {
  await Promise.all([server.close(), neighbour.close()])
  rmSync(data, { recursive: true, force: true })
})

const asOwner = async () => bearer((await server.session(owner)).access)

/** Which of these tokens live, as the owner sees them. */
async function living(...tokens: readonly string[]): Promise<readonly boolean[]> {
  const headers = await asOwner()
  const answers = tokens.map((token) => server.ask('POST', '/v1/introspect', { headers, body: { token } }))
  return (await Promise.all(answers)).map(({ body }) => body.active === true)
}

const administer = async (method: string, path: string, body?: object) => {
  const { status } = await server.ask(method, path, { headers: await asOwner(), body })
  expect(status).toBeLessThan(300)
}

/** A number of them at once, each from an address of its own, over both processes. */
const together = (count: number, path: RefreshingPath, token: string, keyOf?: (caller: number) => string) =>
  Promise.all(
    Array.from({ length: count }, (_, caller) =>
      refresh(caller % 2 === 0 ? server : neighbour, path, token, keyOf?.(caller), `203.0.113.${caller}`),
    ),
  )

const won = (answers: readonly Refreshed[]) => answers.filter(({ status }) => status === 200)

describe('the list of paths', () => {
  it('has every operation of the contract that takes a retry key', () => {
    const named = operations.filter(({ parameters }) => parameters.some(({ name }) => name === 'Idempotency-Key'))
    expect(knownOperations.toSorted()).toEqual(named.map(({ operationId }) => operationId).toSorted())
  })

  it('has every operation of the contract that takes a refresh token', () => {
    const taking = operations.filter(({ body }) =>
      Object.values(body).some(({ schema }) => [...membersOf(schema)].some((name) => /^refresh.token$/i.test(name))),
    )
    expect(taking.length).toBeGreaterThan(2)
    for (const { operationId } of taking) expect(knownOperations).toContain(operationId)
  })
})

describe.each(refreshingPaths)('$name', (path) => {
  const { status, reused, invalid } = path.refused
  const isStrict = path.source.dialect === 'native'
  const open = (): Promise<Opened> => path.source.open(server)

  it('N-050 revokes everything when a superseded token comes again', async () => {
    const first = await open()
    const second = await refresh(server, path, first.refresh)
    expect([second.status, ...(await living(second.access, second.refresh))]).toEqual([200, true, true])
    expect(await refresh(server, path, first.refresh, undefined, elsewhere)).toMatchObject({ status, body: reused })
    expect(await refresh(server, path, second.refresh)).toMatchObject({ status, body: invalid })
    const all = [first.access, first.refresh, second.access, second.refresh]
    expect(await living(...all)).toEqual([false, false, false, false])
  })

  it('logs whose token was reused', async () => {
    const first = await open()
    await refresh(server, path, first.refresh)
    await refresh(server, path, first.refresh, undefined, elsewhere)
    const lines = server.running.log().trimEnd().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      code: 'refresh_token_reused',
      subject_id: first.subject.id,
      authorization_id: expect.stringMatching(/^[0-9a-f]{22}$/),
    })
  })

  it.each([2, 10, 100])(
    'N-051 lets exactly one of %i parallel refreshes win, and none is left alive',
    async (callers) => {
      const { refresh: token, access } = await open()
      const answers = await together(callers, path, token)
      expect(won(answers)).toHaveLength(1)
      const refused = answers.filter((answer) => answer.status !== 200)
      expect(new Set(refused.map((answer) => answer.status))).toEqual(new Set([status]))
      const [winner] = won(answers)
      expect(await living(token, access, `${winner?.refresh}`, `${winner?.access}`)).toEqual([
        false,
        false,
        false,
        false,
      ])
    },
  )

  it('N-056 gives the same successor to a retry with the same key, and a fresh access token', async () => {
    const { refresh: token } = await open()
    const lost = await refresh(server, path, token, key)
    const retried = await refresh(server, path, token, key)
    expect([lost.status, retried.status, retried.refresh]).toEqual([200, 200, lost.refresh])
    expect(await living(retried.access, retried.refresh)).toEqual([true, true])
  })

  it.each([otherKey, undefined])('N-057 revokes everything at a retry with another key: %s', async (other) => {
    const { refresh: token } = await open()
    const successor = await refresh(server, path, token, key)
    expect(await refresh(server, path, token, other, elsewhere)).toMatchObject({ status, body: reused })
    expect(await living(successor.access, successor.refresh)).toEqual([false, false])
  })

  it('N-058 N-436 refuses a retry after the window without revoking, and the log distinguishes it', async () => {
    const { refresh: late, subject } = await open()
    const successor = await refresh(server, path, late, key)
    server.time.advance(61)
    expect(await refresh(server, path, late, key)).toMatchObject({ status, body: invalid })
    const line = JSON.parse(server.running.log().trimEnd().split('\n').at(-1) ?? '')
    expect(line).toMatchObject({ code: 'grant_invalid', outcome: 'refresh_late', subject_id: subject.id })
    const [newest] = server.sql('SELECT action, subject_id FROM audit ORDER BY sequence DESC LIMIT 1')
    expect(newest).toEqual({ action: 'refresh_late', subject_id: subject.id })
    expect(await living(successor.refresh)).toEqual([true])
    expect((await refresh(server, path, successor.refresh)).status).toBe(200)
  })

  it('N-058 revokes everything at a retry after its successor was used', async () => {
    const { refresh: overtaken } = await open()
    const successor = await refresh(server, path, overtaken, key)
    const last = await refresh(server, path, successor.refresh, otherKey)
    expect(await refresh(server, path, overtaken, key)).toMatchObject({ status, body: reused })
    expect(await living(last.access, last.refresh)).toEqual([false, false])
  })

  it('N-058 gives the same successor to another process that has the key', async () => {
    const { refresh: token } = await open()
    const [here, there] = [await refresh(server, path, token, key), await refresh(neighbour, path, token, key)]
    expect([there.status, there.refresh]).toEqual([200, here.refresh])
  })

  it('N-062 refuses a token of another dialect, which stays valid', async () => {
    for (const source of sources.filter(({ dialect }) => dialect !== path.source.dialect)) {
      const foreign = await source.open(server)
      expect(await refresh(server, path, foreign.refresh)).toMatchObject({ status, body: invalid })
      const own = refreshingPaths.find((one) => one.source === source) as RefreshingPath
      expect((await refresh(server, own, foreign.refresh)).status).toBe(200)
    }
  })

  it('N-064 gives the role as it is now, and the old access token has it at once (N-094)', async () => {
    const { refresh: token, access, subject } = await open()
    const headers = await asOwner()
    const role = async (presented: string) =>
      (await server.ask('POST', '/v1/introspect', { headers, body: { token: presented } })).body.role
    expect(await role(access)).toBe('manager')
    server.sql(`UPDATE ${subject.kind}s SET role = 'viewer' WHERE id = ?`, subject.id)
    expect(await role(access)).toBe('viewer')
    expect(await role((await refresh(server, path, token)).access)).toBe('viewer')
  })

  it('N-065 takes no access token, personal token, secret or cookie for a refresh token', async () => {
    const { access, id } = await open()
    const { client, secret } = await server.client({ tokenForm: 'opaque' })
    const others = [
      secret,
      await server.machineToken(client),
      await server.machineToken((await server.client()).client),
    ]
    for (const token of [access, ...others, await server.personalToken(owner), server.cookieOf(id), 'garbage']) {
      expect(await refresh(server, path, token)).toMatchObject({ status, body: invalid })
    }
  })

  it('N-065 gives a refresh token that is good for nothing else: not as bearer, as cookie or in X-Auth-Token', async () => {
    const { refresh: token } = await open()
    for (const headers of [bearer(token), cookie(token), { 'x-auth-token': token }]) {
      expect((await server.ask('GET', '/v1/authorizations', { headers })).status).toBe(401)
    }
    expect(await living(token)).toEqual([true])
  })

  it('N-068 looks for the token in one place only, and there once', async () => {
    const { refresh: token } = await open()
    const question = path.question(token)
    const names = ['refresh_token', 'refresh-token', 'token', 'access_token']
    for (const name of names) {
      // Vendors' dialects ignore what they do not know in a query.
      if (isStrict) expect((await ask(server, path, question, `?${name}=${token}`)).status).toBe(400)
      expect((await ask(server, path, {}, `?${name}=${token}`)).status).not.toBe(200)
    }
    expect((await ask(server, path, { headers: cookie(token) })).status).not.toBe(200)
    expect((await ask(server, path, path.twice(token))).status).toBe(400)
    expect(await living(token)).toEqual([true])
    expect((await refresh(server, path, token)).status).toBe(200)
  })

  it.each([
    { on: 'insert', table: 'rotations' },
    { on: 'update', table: 'authorizations' },
  ] as const)(
    'N-069 changes nothing where the store refuses an $on on $table, and the token still works with its key',
    async (write) => {
      const { refresh: token, access } = await open()
      {
        using _fault = refuseWrite(server, write)
        expect((await refresh(server, path, token, key)).status).toBe(503)
      }
      expect(await living(token, access)).toEqual([true, true])
      const next = await refresh(server, path, token, key)
      expect([next.status, ...(await living(token, next.refresh))]).toEqual([200, false, true])
    },
  )

  it('N-215 gives 100 parallel callers with one key the same successor, and one is alive', async () => {
    const { refresh: token } = await open()
    const answers = await together(100, path, token, () => key)
    expect(won(answers)).toHaveLength(100)
    const successors = new Set(answers.map((answer) => answer.refresh))
    expect(successors.size).toBe(1)
    expect(await living(token, ...successors)).toEqual([false, true])
  })

  it('N-216 lets one of 100 parallel callers with 100 keys win, and the authorization dies', async () => {
    const { refresh: token } = await open()
    const answers = await together(100, path, token, (caller) => `${caller}`.padStart(22, 'x'))
    expect(won(answers)).toHaveLength(1)
    const [winner] = won(answers)
    expect(await living(`${winner?.refresh}`, `${winner?.access}`)).toEqual([false, false])
  })

  it.each(['', '1', 'k'.repeat(21), 'k'.repeat(129), `"${key}"`, `${key.slice(1)}é`, `${key.slice(2)} k`, [key, key]])(
    'N-217 refuses the key %j, and the token is not spent',
    async (bad) => {
      const { refresh: token } = await open()
      expect((await refresh(server, path, token, bad)).status).toBe(400)
      expect((await refresh(server, path, token, 'k'.repeat(128))).status).toBe(200)
    },
  )

  it('N-219 is ended by a used ancestor that is revoked: the whole chain', async () => {
    const first = await open()
    const second = await refresh(server, path, first.refresh)
    await administer('POST', '/v1/revoke', { token: first.refresh })
    expect(await living(first.access, second.access, second.refresh)).toEqual([false, false, false])
    expect(await refresh(server, path, second.refresh)).toMatchObject({ status, body: invalid })
  })

  const events: readonly (readonly [string, RefreshingPath['source']['of'], (id: string) => Promise<unknown>])[] = [
    ['the user was disabled', 'user', (id) => administer('PATCH', `/v1/users/${id}`, { disabled: true })],
    ['the user was deleted', 'user', (id) => administer('DELETE', `/v1/users/${id}`)],
    [
      'the owner set the password',
      'user',
      (id) => administer('PUT', `/v1/users/${id}/password`, { password: newPassword }),
    ],
    ['the authenticator was reset', 'user', (id) => administer('POST', `/v1/users/${id}/totp`)],
    ['everything was revoked', 'user', (id) => administer('DELETE', `/v1/users/${id}/authorizations`)],
    ['the client was disabled', 'client', (id) => administer('PATCH', `/v1/clients/${id}`, { disabled: true })],
    ['the client was deleted', 'client', (id) => administer('DELETE', `/v1/clients/${id}`)],
    ['the secret was replaced', 'client', (id) => administer('POST', `/v1/clients/${id}/credentials`)],
  ]

  it.each(events.filter(([, of]) => of === path.source.of))(
    'N-067 refuses a refresh after %s',
    async (_what, _of, end) => {
      const { refresh: token, access, subject } = await open()
      await end(subject.id)
      expect(await refresh(server, path, token)).toMatchObject({ status, body: invalid })
      expect(await living(token, access)).toEqual([false, false])
    },
  )
})

it.each(sources.filter(({ of }) => of === 'user'))(
  'N-067 a change of one’s own password ends a $name, but not the session that requests it',
  async (source) => {
    const { refresh: token, access, subject } = await source.open(server)
    const asking = await server.session(subject.id)
    const body = { current_password: 'correct horse battery staple', new_password: newPassword }
    const answer = await server.ask('PUT', '/v1/me/password', { headers: bearer(asking.access), body })
    expect(answer.status).toBe(204)
    expect(await living(token, access, asking.access, asking.refresh)).toEqual([false, false, true, true])
  },
)

it('N-066 a used token is refused on every path after the server was started again', async () => {
  const first = await startRecordedServer({ data, time: server.time })
  const spent = await Promise.all(
    refreshingPaths.map(async (path) => {
      const { refresh: token } = await path.source.open(first)
      const { refresh: successor } = await refresh(first, path, token)
      return { path, token, successor }
    }),
  )
  await first.close()
  const second = await startRecordedServer({ data, time: server.time })
  onTestFinished(() => second.close())
  for (const { path, token, successor } of spent) {
    const again = await refresh(second, path, token, undefined, elsewhere)
    expect(again).toMatchObject({ status: path.refused.status, body: path.refused.reused })
    expect(await living(token, successor)).toEqual([false, false])
  }
})

describe('a registered client', () => {
  it.each(sources)('N-062 cannot refresh a $name at /oauth2/token, and it stays valid', async (source) => {
    const { client, secret } = await server.client()
    const { refresh: token } = await source.open(server)
    const body = form({ grant_type: 'refresh_token', refresh_token: token })
    const answer = await server.ask('POST', '/oauth2/token', { headers: basic(client.id, secret), body })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant'])
    expect(await living(token)).toEqual([true])
  })
})

describe('N-064 a refresh at /oauth2/token', () => {
  const refreshFor = async (token: string, scope: string) =>
    server.ask('POST', '/oauth2/token', {
      body: form({ grant_type: 'refresh_token', client_id: 'countersign', refresh_token: token, scope }),
    })

  it.each(['read write admin', 'admin', 'read "x"'])('never widens the scope: %s', async (scope) => {
    const { refresh: token } = await server.session(owner)
    const { status, body } = await refreshFor(token, scope)
    expect([status, ['invalid_scope', 'invalid_request'].includes(String(body.error))]).toEqual([400, true])
    expect((await refreshFor(token, 'read')).body).toMatchObject({ scope: 'read' })
  })
})

it('N-068 a refresh token is not looked for in the body of a GET', async () => {
  const { refresh: token } = await server.session(owner)
  const body = { refresh_token: token }
  expect((await server.ask('GET', '/v1/sessions/refresh', { body })).status).toBe(405)
  expect(await living(token)).toEqual([true])
})

it('N-219 the public client revokes a chain by a used ancestor', async () => {
  const first = await server.session(owner)
  const refreshed = await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: first.refresh } })
  const body = form({ client_id: 'countersign', token: first.refresh })
  expect((await server.ask('POST', '/oauth2/revoke', { body })).status).toBe(200)
  expect(await living(String(refreshed.body.access_token), String(refreshed.body.refresh_token))).toEqual([
    false,
    false,
  ])
})
