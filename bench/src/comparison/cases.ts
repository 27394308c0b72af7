// The operations that are compared: the requests to the server, and those to the floor that does the same essential work.
import {
  basic,
  type Credentials,
  type Endpoint,
  formRequest,
  jsonRequest,
  type ServerRun,
  type UserLogin,
} from '@countersign/server/testing/process'
import { collect } from '../floor/floor.ts'
import type { Script } from '../load/script.ts'
import type { BenchCase, CaseName } from './bench-case.ts'

const distinctTokens = 64
/** One hash occupies a core, so more connections would only wait. */
const loginConnections = 4

/** V8 keeps optimising a function over tens of thousands of calls. A password hash is native code. */
const warmUpAnswers = { code: 40_000, hashes: 16 } as const

export interface Accounts {
  readonly opaqueClient: Credentials
  readonly jwtClient: Credentials
  readonly users: readonly UserLogin[]
}

/** Creates the clients and users that the cases need, by the commands. */
export async function createAccounts(server: ServerRun): Promise<Accounts> {
  await server.user({ username: 'owner', password: 'correct horse battery staple' }, 'owner')
  const opaqueClient = await server.client('bench-opaque', 'opaque')
  const jwtClient = await server.client('bench-jwt', 'jwt')
  const users: UserLogin[] = []
  for (let i = 0; i < loginConnections; i++) {
    const user = { username: `bench-${i}`, password: `correct horse battery staple ${i}` }
    await server.user(user)
    users.push(user)
  }
  return { opaqueClient, jwtClient, users }
}

export interface Sides {
  readonly server: Endpoint
  readonly floor: Endpoint
  readonly accounts: Accounts
  readonly connections: number
}

type Build = (sides: Sides) => Promise<BenchCase>

export const builders: Readonly<Record<CaseName, Build>> = {
  'introspect-opaque': (sides) => introspect('introspect-opaque', sides, sides.accounts.opaqueClient),
  'introspect-jwt': (sides) => introspect('introspect-jwt', sides, sides.accounts.jwtClient),
  'issue-opaque': (sides) =>
    issue('issue-opaque', sides, sides.accounts.opaqueClient, [
      ['HMAC', '/issue'],
      ['HMAC and a durable row, as servers do that store tokens', '/issue-stored'],
    ]),
  'issue-jwt': (sides) => issue('issue-jwt', sides, sides.accounts.jwtClient, [['ES256 signature', '/issue-signed']]),
  refresh,
  login,
}

async function introspect(name: string, sides: Sides, client: Credentials): Promise<BenchCase> {
  const { server, floor, connections } = sides
  const headers = { authorization: basic(client.id, client.secret) }
  const ours = await collect(server, issueRequest(server, client), 'access_token', distinctTokens)
  const theirs = await collect(floor, { path: '/issue-stored' }, 'access_token', distinctTokens)
  const expected = '"active":true'
  return {
    name,
    warmUpAnswers: warmUpAnswers.code,
    ours: cycle(
      `${name} ours`,
      server,
      connections,
      expected,
      ours.map((token) => formRequest(server, '/oauth2/introspect', { token }, headers)),
    ),
    floors: [
      {
        does: 'HMAC check, one indexed read',
        script: cycle(
          `${name} floor`,
          floor,
          connections,
          expected,
          theirs.map((token) => formRequest(floor, '/introspect', { token })),
        ),
      },
    ],
  }
}

async function issue(
  name: string,
  { server, floor, connections }: Sides,
  client: Credentials,
  floors: readonly (readonly [does: string, path: string])[],
): Promise<BenchCase> {
  const expected = '"access_token":"'
  const body = { grant_type: 'client_credentials' }
  return {
    name,
    warmUpAnswers: warmUpAnswers.code,
    ours: cycle(`${name} ours`, server, connections, expected, [issueRequest(server, client)]),
    floors: floors.map(([does, path]) => ({
      does,
      script: cycle(`${name} ${path}`, floor, connections, expected, [formRequest(floor, path, body)]),
    })),
  }
}

async function refresh({ server, floor, connections, accounts }: Sides): Promise<BenchCase> {
  const [user] = accounts.users
  if (!user) throw new Error('there is no user to log in')
  const chains = (path: string, tokens: readonly string[], endpoint: Endpoint): Script => {
    const work = { kind: 'chain', path, tokens } as const
    return { name: `refresh ${endpoint.port} ${path}`, endpoint, connections, work, expected: '"access_token":"' }
  }
  const floorChains = async (path: string) =>
    chains(path, await collect(floor, { path: '/chain' }, 'refresh_token', connections), floor)
  const logins = jsonRequest(server, '/v1/sessions', user)
  return {
    name: 'refresh',
    warmUpAnswers: warmUpAnswers.code,
    ours: chains('/v1/sessions/refresh', await collect(server, logins, 'refresh_token', connections), server),
    floors: [
      { does: 'HMAC, durable compare-and-set in the same group commit', script: await floorChains('/refresh') },
      { does: 'the same, and an ES256 access token as ours has', script: await floorChains('/refresh-signed') },
    ],
  }
}

async function login({ server, floor, accounts }: Sides): Promise<BenchCase> {
  const requests = (endpoint: Endpoint, path: string) => accounts.users.map((user) => jsonRequest(endpoint, path, user))
  const script = (endpoint: Endpoint, path: string): Script =>
    cycle(`login ${path}`, endpoint, loginConnections, '"access_token":"', requests(endpoint, path))
  return {
    name: 'login',
    warmUpAnswers: warmUpAnswers.hashes,
    ours: script(server, '/v1/sessions'),
    floors: [{ does: 'the Argon2id hash', script: script(floor, '/login') }],
  }
}

const issueRequest = (server: Endpoint, { id, secret }: Credentials): string => {
  const headers = { authorization: basic(id, secret) }
  return formRequest(server, '/oauth2/token', { grant_type: 'client_credentials' }, headers)
}

const cycle = (
  name: string,
  endpoint: Endpoint,
  connections: number,
  expected: string,
  requests: readonly string[],
): Script => ({ name, endpoint, connections, work: { kind: 'cycle', requests }, expected })
