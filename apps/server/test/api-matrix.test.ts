import { atLeast, type Role } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodPassword } from '../src/testing/test-server.ts'
import {
  basic,
  bearer,
  form,
  type RecordedServer,
  type RegisteredClient,
  startRecordedServer,
} from './recorded-server.ts'

/*
 * API × requested scope × role × client × kind of token: which token is issued, what it permits, and where it is active. What is
 * expected is computed from the tables below, by rules of its own.
 */

const open = 'https://open.example'
const closed = 'https://closed.example'
const issuer = 'http://127.0.0.1:4300'
const apis = [issuer, open, closed] as const
type ApiName = (typeof apis)[number]

/** The least role of each scope. */
const scopes: Readonly<Record<ApiName, Readonly<Record<string, Role>>>> = {
  [issuer]: { read: 'viewer', write: 'viewer' },
  [open]: { see: 'viewer', edit: 'manager', own: 'owner' },
  [closed]: { see: 'viewer', edit: 'manager' },
}
const allScopes = [undefined, 'read', 'see', 'edit', 'own', 'see edit', 'read see']

interface Program {
  readonly name: string
  readonly role: 'viewer' | 'manager'
  readonly apis: Readonly<Partial<Record<ApiName, { readonly scope: string; readonly mayAct: boolean }>>>
}

const programs: readonly Program[] = [
  { name: 'none', role: 'manager', apis: { [issuer]: { scope: 'read write', mayAct: false } } },
  {
    name: 'viewer',
    role: 'viewer',
    apis: { [open]: { scope: 'see edit', mayAct: false }, [closed]: { scope: 'see', mayAct: true } },
  },
  {
    name: 'manager',
    role: 'manager',
    apis: { [open]: { scope: 'see edit own', mayAct: true }, [closed]: { scope: 'edit', mayAct: false } },
  },
  {
    name: 'both',
    role: 'manager',
    apis: { [issuer]: { scope: 'read', mayAct: false }, [open]: { scope: '', mayAct: true } },
  },
]

type Outcome = { readonly scope: string } | 'invalid_target' | 'invalid_scope'

/** What is granted of what is permitted. */
function narrowed(permitted: readonly string[], asked: string | undefined): Outcome {
  if (asked === undefined) return { scope: permitted.join(' ') }
  const names = asked.split(' ')
  if (!names.every((name) => permitted.includes(name))) return 'invalid_scope'
  return { scope: permitted.filter((name) => names.includes(name)).join(' ') }
}

const forRole = (api: ApiName, role: Role) =>
  Object.entries(scopes[api]).flatMap(([name, least]) => (atLeast(role, least) ? [name] : []))

const expectedOfUser = (api: ApiName, role: Role, asked: string | undefined): Outcome =>
  api === closed ? 'invalid_target' : narrowed(forRole(api, role), asked)

const expectedOfClient = ({ role, apis: given }: Program, api: ApiName, asked: string | undefined): Outcome => {
  const granted = given[api]?.scope.split(' ')
  return granted
    ? narrowed(
        forRole(api, role).filter((name) => granted.includes(name)),
        asked,
      )
    : 'invalid_target'
}

const expectedOfExchange = (
  by: Program | undefined,
  from: ApiName,
  to: ApiName,
  role: Role,
  asked: string | undefined,
): Outcome => {
  if (to === issuer) return 'invalid_target'
  if (!by) return expectedOfUser(to, role, asked)
  const granted = by.apis[to]
  if (!granted || (from !== issuer && !granted.mayAct)) return 'invalid_target'
  return narrowed(
    forRole(to, role).filter((name) => granted.scope.split(' ').includes(name)),
    asked,
  )
}

let server: RecordedServer
const clients = new Map<string, RegisteredClient>()
const guards = new Map<ApiName, RegisteredClient>()

beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true, flags: { 'max-sessions': '10000' } })
  for (const api of [open, closed] as const) {
    const list = Object.entries(scopes[api]).map(([name, leastRole]) => ({ name, description: name, leastRole }))
    await server.api(api, { scopes: list, firstParty: api === open })
    guards.set(api, await server.client({ name: `guard of ${api}`, audience: [api] }))
  }
  for (const { name, role, apis: given } of programs) {
    const wanted = Object.entries(given).map(([identifier, one]) => ({ identifier, ...one }))
    clients.set(name, await server.client({ name, role, audience: [open], apis: wanted }))
  }
  for (const role of ['viewer', 'manager', 'owner'] as const) await server.user(role, role)
})
afterAll(() => server.close())

const outcomeOf = ({ status, body }: Awaited<ReturnType<RecordedServer['ask']>>): Outcome => {
  if (status < 300) return { scope: String(body.scope) }
  // The native API has `target_invalid`, and `request_invalid` for a scope.
  const code = body.error ?? (body.code === 'target_invalid' ? 'invalid_target' : 'invalid_scope')
  return code as Outcome
}

/** Where a token is active: at the issuer's own operations, and by introspection at each API. */
async function activeAt(token: unknown): Promise<readonly string[]> {
  const found: string[] = []
  const { status } = await server.ask('GET', '/v1/sessions/current', { headers: bearer(String(token)) })
  if (status !== 401) found.push(issuer)
  for (const [api, { client, secret }] of guards) {
    const { body } = await server.ask('POST', '/oauth2/introspect', {
      headers: basic(client.id, secret),
      body: form({ token: String(token) }),
    })
    if (body.active === true) found.push(api)
  }
  return found
}

async function expectOutcome(answer: Awaited<ReturnType<RecordedServer['ask']>>, expected: Outcome, api: ApiName) {
  expect(outcomeOf(answer)).toEqual(expected)
  if (typeof expected === 'object') expect(await activeAt(answer.body.access_token)).toEqual([api])
}

const logIn = (username: string, given: Record<string, unknown>) =>
  server.ask('POST', '/v1/sessions', { body: { username, password: goodPassword, ...given } })

const tokenRequest = (fields: Record<string, string | undefined>, by: RegisteredClient | undefined) => {
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined)
  return server.ask('POST', '/oauth2/token', {
    headers: by ? basic(by.client.id, by.secret) : {},
    body: form({ ...Object.fromEntries(given), ...(by ? {} : { client_id: 'countersign' }) }),
  })
}

const exchange = (subject: unknown, resource: string, scope: string | undefined, by: RegisteredClient | undefined) =>
  tokenRequest(
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: String(subject),
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource,
      scope,
    },
    by,
  )

describe.each(['viewer', 'manager', 'owner'] as const)('tokens of a user who is %s', (role) => {
  it.each(apis)('for %s: by login, by refreshing, and by exchange', async (api) => {
    const whole = (await logIn(role, { resource: api === closed ? issuer : [issuer, open] })).body
    let { refresh_token: refreshToken } = whole
    for (const scope of allScopes) {
      await expectOutcome(await logIn(role, { resource: api, scope }), expectedOfUser(api, role, scope), api)
      const refreshed = await server.ask('POST', '/v1/sessions/refresh', {
        body: { refresh_token: refreshToken, resource: api, scope },
      })
      await expectOutcome(refreshed, expectedOfUser(api, role, scope), api)
      refreshToken = refreshed.body.refresh_token ?? refreshToken
      await expectOutcome(
        await exchange(whole.access_token, api, scope, undefined),
        expectedOfExchange(undefined, issuer, api, role, scope),
        api,
      )
    }
  })

  it.each(programs)('exchanged by the program $name, which received them', async (program) => {
    const { access_token: subject } = (await logIn(role, { resource: open })).body
    for (const api of apis) {
      for (const scope of allScopes) {
        const answer = await exchange(subject, api, scope, clients.get(program.name))
        // At the API that the token is for already, it permits no more than the token.
        await expectOutcome(answer, expectedOfExchange(program, open, api, role, scope), api)
      }
    }
  })
})

describe.each(programs)('tokens of the client $name', (program) => {
  it.each(apis)('for %s', async (api) => {
    for (const scope of allScopes) {
      const fields = { grant_type: 'client_credentials', resource: api, scope }
      await expectOutcome(
        await tokenRequest(fields, clients.get(program.name)),
        expectedOfClient(program, api, scope),
        api,
      )
    }
  })
})
