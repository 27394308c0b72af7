// OAuth clients that know nothing of us but the RFCs. The issuer's name and the port differ in tests: their `fetch` finds
// the way.

import { type RecordedServer, type RegisteredClient, startRecordedServer } from '@countersign/server/testing/contract'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let server: RecordedServer
let registered: RegisteredClient
let ada: { readonly id: string }
beforeAll(async () => {
  // Their clocks are the system's, and so must ours be.
  server = await startRecordedServer({ time: { wall: () => Date.now(), monotonic: () => performance.now() } })
  await server.api('https://api.example')
  const apis = [{ identifier: server.issuer }, { identifier: 'https://api.example', scope: 'api:read' }]
  registered = await server.client({ apis })
  ada = await server.user('ada')
})
afterAll(() => server.close())

const reach = (url: string, init?: object): Promise<Response> =>
  fetch(url.replace(server.issuer, server.running.url), init as RequestInit)

describe('openid-client', () => {
  const discovered = (id: string, secret?: string, authentication?: openid.ClientAuth) =>
    openid.discovery(new URL(server.issuer), id, secret, authentication, {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
      [openid.customFetch]: reach,
    })

  it.each([
    ['Basic', openid.ClientSecretBasic],
    ['the form', openid.ClientSecretPost],
  ])('discovers, gets a token, introspects and revokes it, by %s', async (_how, method) => {
    const { client, secret } = registered
    const config = await discovered(client.id, undefined, method(secret))
    expect(config.serverMetadata().issuer).toBe(server.issuer)
    const tokens = await openid.clientCredentialsGrant(config, { scope: 'api:read', resource: 'https://api.example' })
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'api:read' })
    const active = await openid.tokenIntrospection(config, tokens.access_token)
    expect(active).toMatchObject({
      active: true,
      client_id: client.id,
      aud: ['https://api.example'],
      scope: 'api:read',
    })
    await openid.tokenRevocation(config, tokens.access_token)
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false })
  })

  it('refreshes a session as the public first-party client, and calls with its token', async () => {
    const config = await discovered('countersign', undefined, openid.None())
    const { refresh } = await server.session(ada.id)
    const tokens = await openid.refreshTokenGrant(config, refresh)
    expect(tokens.refresh_token).not.toBe(refresh)
    const me = await openid.fetchProtectedResource(
      config,
      tokens.access_token,
      new URL(`${server.issuer}/v1/me`),
      'GET',
    )
    expect(await me.json()).toMatchObject({ username: 'ada' })
    await expect(openid.refreshTokenGrant(config, refresh)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(openid.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('exchanges the token of a session for one for an API (RFC 8693)', async () => {
    const config = await discovered('countersign', undefined, openid.None())
    const { access } = await server.session(ada.id)
    const exchanged = await openid.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', {
      subject_token: access,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: 'https://api.example',
      scope: 'api:read',
    })
    expect(exchanged).toMatchObject({ token_type: 'bearer', scope: 'api:read' })
    expect(exchanged.refresh_token).toBeUndefined()
    const me = await openid
      .fetchProtectedResource(config, exchanged.access_token, new URL(`${server.issuer}/v1/me`), 'GET')
      .then(
        () => 'accepted',
        (error: unknown) => error,
      )
    expect(me).toBeInstanceOf(openid.WWWAuthenticateChallengeError)
  })

  it('understands a refusal', async () => {
    const config = await discovered(registered.client.id, 'wrong')
    const error: unknown = await openid.clientCredentialsGrant(config).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(openid.WWWAuthenticateChallengeError)
    expect(error).toMatchObject({ status: 401, cause: [{ scheme: 'basic', parameters: { realm: 'countersign' } }] })
  })
})

describe('oauth4webapi', () => {
  const options = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: reach }
  const discover = async () => {
    const issuer = new URL(server.issuer)
    return oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' }),
    )
  }

  it('discovers, gets a token and introspects it', async () => {
    const as = await discover()
    const client = { client_id: registered.client.id }
    const authentication = oauth.ClientSecretBasic(registered.secret)
    const response = await oauth.clientCredentialsGrantRequest(
      as,
      client,
      authentication,
      { scope: 'read write' },
      options,
    )
    const tokens = await oauth.processClientCredentialsResponse(as, client, response)
    const introspected = await oauth.introspectionRequest(as, client, authentication, tokens.access_token, options)
    expect(await oauth.processIntrospectionResponse(as, client, introspected)).toMatchObject({
      active: true,
      role: 'viewer',
    })
    const revoked = await oauth.revocationRequest(as, client, authentication, tokens.access_token, options)
    await expect(oauth.processRevocationResponse(revoked)).resolves.toBeUndefined()
  })

  it('verifies a JWT access token by the published keys (RFC 9068)', async () => {
    const as = await discover()
    const { access } = await server.session(ada.id)
    const request = new Request(`${server.issuer}/v1/me`, { headers: { authorization: `Bearer ${access}` } })
    const claims = await oauth.validateJwtAccessToken(as, request, server.issuer, options)
    expect(claims).toMatchObject({ sub: ada.id, client_id: 'countersign', role: 'viewer', scope: 'read write' })
  })

  it('exchanges a token for one for an API, and verifies it as that API (RFC 8693, RFC 9068)', async () => {
    const as = await discover()
    const client = { client_id: 'countersign' }
    const { access } = await server.session(ada.id)
    const response = await oauth.genericTokenEndpointRequest(
      as,
      client,
      oauth.None(),
      'urn:ietf:params:oauth:grant-type:token-exchange',
      {
        subject_token: access,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        audience: 'https://api.example',
      },
      options,
    )
    const { access_token } = await oauth.processGenericTokenEndpointResponse(as, client, response)
    const call = new Request('https://api.example/', { headers: { authorization: `Bearer ${access_token}` } })
    const claims = await oauth.validateJwtAccessToken(as, call, 'https://api.example', options)
    expect(claims).toMatchObject({ sub: ada.id, scope: 'api:read', act: { sub: 'countersign' } })
    await expect(oauth.validateJwtAccessToken(as, call, server.issuer, options)).rejects.toThrow('aud')
  })

  it('refreshes a session, narrowed in scope', async () => {
    const as = await discover()
    const client = { client_id: 'countersign' }
    const { refresh } = await server.session(ada.id)
    const additionalParameters = { scope: 'read' }
    const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), refresh, {
      ...options,
      additionalParameters,
    })
    const tokens = await oauth.processRefreshTokenResponse(as, client, response)
    expect(tokens).toMatchObject({ scope: 'read', expires_in: 600 })
  })
})
