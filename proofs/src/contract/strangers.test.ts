// OAuth clients that know nothing of us but the RFCs. The issuer's name and the port differ in tests: their `fetch` finds
// the way.

import { type RecordedServer, type RegisteredClient, startRecordedServer } from '@countersign/server/testing/contract'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let house: RecordedServer
let registered: RegisteredClient
let ada: { readonly id: string }
beforeAll(async () => {
  // Their clocks are the system's, and so must ours be.
  house = await startRecordedServer({ time: { wall: () => Date.now(), monotonic: () => performance.now() } })
  registered = await house.client({ audience: ['https://api.example'] })
  ada = await house.user('ada')
})
afterAll(() => house.close())

const reach = (url: string, init?: object): Promise<Response> =>
  fetch(url.replace(house.issuer, house.server.url), init as RequestInit)

describe('openid-client', () => {
  const discovered = (id: string, secret?: string, authentication?: openid.ClientAuth) =>
    openid.discovery(new URL(house.issuer), id, secret, authentication, {
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
    expect(config.serverMetadata().issuer).toBe(house.issuer)
    const tokens = await openid.clientCredentialsGrant(config, { scope: 'read', resource: 'https://api.example' })
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'read' })
    const active = await openid.tokenIntrospection(config, tokens.access_token)
    expect(active).toMatchObject({ active: true, client_id: client.id, aud: ['https://api.example'], scope: 'read' })
    await openid.tokenRevocation(config, tokens.access_token)
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false })
  })

  it('refreshes a session as the public first-party client, and calls with its token', async () => {
    const config = await discovered('countersign', undefined, openid.None())
    const { refresh } = await house.session(ada.id)
    const tokens = await openid.refreshTokenGrant(config, refresh)
    expect(tokens.refresh_token).not.toBe(refresh)
    const me = await openid.fetchProtectedResource(config, tokens.access_token, new URL(`${house.issuer}/v1/me`), 'GET')
    expect(await me.json()).toMatchObject({ username: 'ada' })
    await expect(openid.refreshTokenGrant(config, refresh)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(openid.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
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
    const issuer = new URL(house.issuer)
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
    const { access } = await house.session(ada.id)
    const request = new Request(`${house.issuer}/v1/me`, { headers: { authorization: `Bearer ${access}` } })
    const claims = await oauth.validateJwtAccessToken(as, request, house.issuer, options)
    expect(claims).toMatchObject({ sub: ada.id, client_id: 'countersign', role: 'viewer', scope: 'read write' })
  })

  it('refreshes a session, narrowed in scope', async () => {
    const as = await discover()
    const client = { client_id: 'countersign' }
    const { refresh } = await house.session(ada.id)
    const additionalParameters = { scope: 'read' }
    const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), refresh, {
      ...options,
      additionalParameters,
    })
    const tokens = await oauth.processRefreshTokenResponse(as, client, response)
    expect(tokens).toMatchObject({ scope: 'read', expires_in: 600 })
  })
})
