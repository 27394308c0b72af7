// Further operations on tokens: revoking one, and what a session's token or cookie opens.
import { basic, formRequest, getRequest, jsonRequest } from '@countersign/server/testing/process'
import { collect } from '../../floor/floor.ts'
import type { BenchCase } from '../bench-case.ts'
import { firstUser } from './accounts.ts'
import { cycle, issueRequest, readingFloor, type Sides, warmUpAnswers } from './sides.ts'

/** Each request revokes a token that was issued before the slice. */
export async function revoke({ server, floor, connections, accounts }: Sides): Promise<BenchCase> {
  const client = accounts.opaqueClient
  const call = { method: 'POST', path: '/oauth2/revoke', form: true, tokenMember: 'token' }
  const headers = { authorization: basic(client.id, client.secret) }
  const member = 'access_token'
  const theirs = { ...call, path: '/revoke' }
  return {
    name: 'revoke',
    warmUpAnswers: warmUpAnswers.code,
    ours: {
      name: 'revoke ours',
      endpoint: server,
      connections,
      work: { kind: 'spend', call: { ...call, headers }, supply: { request: issueRequest(server, client), member } },
      expected: '',
    },
    floors: [
      {
        does: 'HMAC check, a durable row in the same group commit',
        script: {
          name: 'revoke floor',
          endpoint: floor,
          connections,
          work: { kind: 'spend', call: theirs, supply: { request: formRequest(floor, '/issue', {}), member } },
          expected: '',
        },
      },
    ],
  }
}

/** With the access token of a login, a JWT. */
export async function me(sides: Sides): Promise<BenchCase> {
  const { server, connections, accounts } = sides
  const login = jsonRequest(server, '/v1/sessions', firstUser(accounts))
  const tokens = await collect(server, login, 'access_token', connections)
  const requests = tokens.map((token) => getRequest(server, '/v1/me', { authorization: `Bearer ${token}` }))
  return {
    name: 'me',
    warmUpAnswers: warmUpAnswers.code,
    ours: cycle('me ours', server, connections, '"username"', requests),
    floors: [await readingFloor(sides, 'me')],
  }
}

/** With the cookie of a login, as a proxy asks for a browser. */
export async function forwardAuth(sides: Sides): Promise<BenchCase> {
  const { server, run, connections, accounts } = sides
  const cookies: string[] = []
  for (let i = 0; i < connections; i++) {
    const response = await fetch(`${run.url}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...firstUser(accounts), cookie: true }),
    })
    const [cookie] = response.headers.getSetCookie()
    if (cookie === undefined) throw new Error(`no cookie: ${response.status} ${await response.text()}`)
    await response.arrayBuffer()
    cookies.push(cookie.split(';')[0] ?? '')
  }
  const requests = cookies.map((cookie) =>
    getRequest(server, '/v1/forward-auth', { cookie, 'x-forwarded-method': 'GET' }),
  )
  return {
    name: 'forward-auth',
    warmUpAnswers: warmUpAnswers.code,
    ours: cycle('forward-auth ours', server, connections, '', requests),
    floors: [await readingFloor(sides, 'forward-auth')],
  }
}
