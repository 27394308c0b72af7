// The operations that are compared: what is sent to the server, and to the floor that does the same essential work.

import type { Endpoint } from '../../../apps/server/src/testing/process/connection.ts'
import { basic, formRequest, jsonRequest } from '../../../apps/server/src/testing/process/request.ts'
import {
  type Credentials,
  createClient,
  createOwner,
  createUser,
  type Person,
  type Place,
} from '../../../apps/server/src/testing/process/server-run.ts'
import { collect } from '../floor/floor.ts'
import type { Script } from '../load/script.ts'
import type { BenchCase, CaseName } from './bench-case.ts'

const distinctTokens = 64
/** A hash takes both cores: more callers than that only wait longer. */
const loginConnections = 4

/** V8 goes on improving code that is called for tens of thousands of calls. A hash is none of its work. */
const warmUpAnswers = { code: 40_000, hashes: 16 } as const

export interface Actors {
  readonly opaqueClient: Credentials
  readonly jwtClient: Credentials
  readonly people: readonly Person[]
}

/** Registers who will call, by the admin commands. */
export async function createActors(place: Place): Promise<Actors> {
  await createOwner(place)
  const opaqueClient = await createClient(place, 'bench-opaque', 'opaque')
  const jwtClient = await createClient(place, 'bench-jwt', 'jwt')
  const people: Person[] = []
  for (let i = 0; i < loginConnections; i++) {
    const person = { username: `bench-${i}`, password: `correct horse battery staple ${i}` }
    await createUser(place, person)
    people.push(person)
  }
  return { opaqueClient, jwtClient, people }
}

export interface Sides {
  readonly server: Endpoint
  readonly floor: Endpoint
  readonly actors: Actors
  readonly connections: number
}

type Build = (sides: Sides) => Promise<BenchCase>

export const builders: Readonly<Record<CaseName, Build>> = {
  'introspect-opaque': (sides) => introspect('introspect-opaque', sides, sides.actors.opaqueClient),
  'introspect-jwt': (sides) => introspect('introspect-jwt', sides, sides.actors.jwtClient),
  'issue-opaque': (sides) =>
    issue('issue-opaque', sides, sides.actors.opaqueClient, [
      ['HMAC', '/issue'],
      ['HMAC and a durable row, as servers do that store tokens', '/issue-stored'],
    ]),
  'issue-jwt': (sides) => issue('issue-jwt', sides, sides.actors.jwtClient, [['ES256 signature', '/issue-signed']]),
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

async function refresh({ server, floor, connections, actors }: Sides): Promise<BenchCase> {
  const [person] = actors.people
  if (!person) throw new Error('nobody to log in')
  const chains = (path: string, tokens: readonly string[], endpoint: Endpoint): Script => {
    const work = { kind: 'chain', path, tokens } as const
    return { name: `refresh ${endpoint.port} ${path}`, endpoint, connections, work, expected: '"access_token":"' }
  }
  const floorChains = async (path: string) =>
    chains(path, await collect(floor, { path: '/chain' }, 'refresh_token', connections), floor)
  const logins = jsonRequest(server, '/v1/sessions', person)
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

async function login({ server, floor, actors }: Sides): Promise<BenchCase> {
  const requests = (endpoint: Endpoint, path: string) =>
    actors.people.map((person) => jsonRequest(endpoint, path, person))
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
