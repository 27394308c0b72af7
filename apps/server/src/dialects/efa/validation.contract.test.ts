import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RecordedServer } from '../../../test/recorded-server.ts'
import { efaSessionPolicy } from './policy.ts'
import { type EfaServer, efaErrors, seen, startEfaServer } from './testing/efa-server.ts'

const { expiredToken, missingToken, invalidToken, noAccess, requestInvalid } = efaErrors

let efa: EfaServer
let server: RecordedServer
let owner: string
beforeAll(async () => {
  efa = await startEfaServer()
  server = efa.server
  owner = efa.owner
})
afterAll(() => efa.server.close())

const ask: EfaServer['ask'] = (...given) => efa.ask(...given)
const idOf: EfaServer['idOf'] = (...given) => efa.idOf(...given)
const sessionOf: EfaServer['sessionOf'] = (...given) => efa.sessionOf(...given)
const validate: EfaServer['validate'] = (...given) => efa.validate(...given)

describe('GET /token/validate', () => {
  const forwarded = (method: string, uri: string) => ({ 'x-forwarded-method': method, 'x-forwarded-uri': uri })

  it('answers a good token with 200 and no body', async () => {
    const { status, text, headers } = await validate((await sessionOf('vera')).access)
    expect({ status, text, type: headers.get('content-type') }).toEqual({ status: 200, text: '', type: null })
  })

  it('takes the header with a colon after the scheme, and nothing else malformed', async () => {
    const { access } = await sessionOf('vera')
    const by = (authorization: string) => ask('GET', '/token/validate', { headers: { authorization } })
    expect((await by(`Bearer: ${access}`)).status).toBe(200)
    for (const header of [access, `Bearer:${access}`, `Bearer : ${access}`, `bearer ${access} x`, 'Basic x']) {
      expect(seen(await by(header))).toEqual({ status: 401, body: missingToken })
    }
  })

  it('distinguishes no token, an expired one, and any other bad one, and no more', async () => {
    expect(seen(await ask('GET', '/token/validate'))).toEqual({ status: 401, body: missingToken })
    const { access } = await sessionOf('vera')
    const native = await server.session(await idOf('vera'))
    for (const token of [`${access}A`, access.slice(0, -1), 'unknown', native.access]) {
      expect(seen(await validate(token))).toEqual({ status: 401, body: invalidToken })
    }
    server.time.advance(3600)
    expect(seen(await validate(access))).toEqual({ status: 401, body: expiredToken })
  })

  it('answers 403 where the gateway names an operation of ours that the token may not call', async () => {
    const { access: viewer } = await sessionOf('vera')
    const { access: boss } = await server.session(owner, efaSessionPolicy)
    const permitted: [string, string, string][] = [
      [viewer, 'GET', '/v1/authorizations?limit=1'],
      [viewer, 'POST', '/v1/sessions'],
      [viewer, 'GET', '/anything/else'],
      [viewer, 'PUT', '/v1/clients'],
      [viewer, 'GET', '/v1/authorizations/'],
      [viewer, 'GET', '//v1/authorizations'],
      [viewer, 'DELETE', '/v1/x/../other/ID'],
      [boss, 'GET', '/v1/clients'],
      [boss, 'GET', 'https://gateway.example/v1/clients?limit=1'],
      [boss, 'GET', '/v1/auth/token/expiry/all'],
    ]
    const refused: [string, string, string][] = [
      [viewer, 'GET', '/v1/clients'],
      [viewer, 'HEAD', '/v1/clients'],
      [viewer, 'DELETE', `/v1/clients/${'0'.repeat(22)}`],
      [viewer, 'POST', '/v1/auth/token/system-access-token'],
      [viewer, 'GET', '/manifold-api/v3-preview'],
      [viewer, 'DELETE', '/v1/authorizations/%2e%2e'],
      // As the routes themselves are spelled (N-441).
      [viewer, 'GET', '/API/V1/User/List'],
      [viewer, 'GET', '/api/v1/user/list/?_=1'],
      [viewer, 'POST', '/v1/auth/token/system-access-token/'],
      [viewer, 'GET', '/manifold-api/v3-preview/'],
    ]
    for (const [token, method, uri] of permitted) {
      expect({ method, uri, status: (await validate(token, forwarded(method, uri))).status }).toMatchObject({
        status: 200,
      })
    }
    for (const [token, method, uri] of refused) {
      const answer = await validate(token, forwarded(method, uri))
      expect({ method, uri, ...seen(answer) }).toMatchObject({ status: 403, body: noAccess })
    }
  })

  it('judges every spelling that a server behind the gateway may read as an operation', async () => {
    const { access: viewer } = await sessionOf('vera')
    const { access: boss } = await server.session(owner, efaSessionPolicy)
    const id = '0'.repeat(22)
    const spellings = [
      `/v1/users/${id}`,
      `//v1/users/${id}`,
      `/v1//users/${id}`,
      `/v1/./users/${id}`,
      `/v1/x/../users/${id}`,
      `/v1/%75sers/${id}`,
      `/v1/users/${id}/`,
      `/v1/users/${id}/.`,
      `/v1/users/${id};x`,
      `/v1;x/users/${id}`,
      `/v1/users/${id}?x`,
      `/v1/users/${id}#x`,
      `/V1/Users/${id}`,
      `https://gateway.example//v1/users/${id}`,
    ]
    for (const uri of spellings) {
      const refused = await validate(viewer, forwarded('DELETE', uri))
      expect({ uri, ...seen(refused) }).toEqual({ uri, status: 403, body: noAccess })
      expect({ uri, status: (await validate(boss, forwarded('DELETE', uri))).status }).toEqual({ uri, status: 200 })
    }
    for (const uri of [`/v1/users%2f${id}`, `/v1\\users/${id}`, `/v1%5Cusers/${id}`, 'v1/users', '/%']) {
      const refused = await validate(boss, forwarded('DELETE', uri))
      expect({ uri, ...seen(refused) }).toEqual({ uri, status: 403, body: noAccess })
    }
  })

  it('N-544 refuses an incomplete set of forwarding headers, with any token', async () => {
    const { access } = await server.session(owner, efaSessionPolicy)
    for (const headers of [{ 'x-forwarded-method': 'DELETE' }, { 'x-forwarded-uri': '/v1/users' }]) {
      expect(seen(await validate(access, headers))).toEqual({ status: 400, body: requestInvalid })
    }
  })

  it('refuses forwarding headers that cannot be one request’s', async () => {
    const { access } = await sessionOf('vera')
    for (const headers of [forwarded('get', '/'), forwarded('GET', '/a, /b'), forwarded('', '/')]) {
      expect(seen(await validate(access, headers))).toEqual({ status: 400, body: requestInvalid })
    }
  })
})
