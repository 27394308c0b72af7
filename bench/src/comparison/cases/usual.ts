// The operations that are compared without flags: the requests to the server, and those to the floor that does the same
// essential work.
import { basic, type Credentials, type Endpoint, formRequest, jsonRequest } from '@countersign/server/testing/process'
import { collect } from '../../floor/floor.ts'
import type { Script } from '../../load/script.ts'
import type { BenchCase, usualCaseNames } from '../bench-case.ts'
import { firstUser, loginConnections } from './accounts.ts'
import { chains, refreshCall, refreshFloor, refreshFloors } from './refreshing.ts'
import { type Build, cycle, distinctTokens, issueRequest, readingFloor, type Sides, warmUpAnswers } from './sides.ts'

export const usualBuilders: Readonly<Record<(typeof usualCaseNames)[number], Build>> = {
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
  const { server, connections } = sides
  const headers = { authorization: basic(client.id, client.secret) }
  const tokens = await collect(server, issueRequest(server, client), 'access_token', distinctTokens)
  const requests = tokens.map((token) => formRequest(server, '/oauth2/introspect', { token }, headers))
  return {
    name,
    warmUpAnswers: warmUpAnswers.code,
    ours: cycle(`${name} ours`, server, connections, '"active":true', requests),
    floors: [await readingFloor(sides, name)],
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

async function refresh(sides: Sides): Promise<BenchCase> {
  const { server, connections, accounts } = sides
  const logins = jsonRequest(server, '/v1/sessions', firstUser(accounts))
  const tokens = await collect(server, logins, 'refresh_token', connections)
  const work = { call: refreshCall, member: 'refresh_token', tokens }
  return {
    name: 'refresh',
    warmUpAnswers: warmUpAnswers.code,
    ours: chains('refresh ours', server, connections, work),
    floors: [
      await refreshFloor(sides, 'refresh', refreshFloors.plain),
      await refreshFloor(sides, 'refresh', refreshFloors.signed),
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
    floors: [
      { does: 'the Argon2id hash', script: script(floor, '/login') },
      { does: 'the hash, one indexed read and a durable row', script: script(floor, '/login-stored') },
    ],
  }
}
