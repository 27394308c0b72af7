// Any OAuth library can refresh a session: the token endpoint accepts its refresh token from the public client
// `countersign`. This example uses openid-client, which knows nothing of Countersign.
import * as oauth from 'openid-client'

const { BASE_URL = 'http://127.0.0.1:4300', USERNAME = 'owner', PASSWORD = '' } = process.env

const login = await fetch(`${BASE_URL}/v1/sessions`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ username: USERNAME, password: PASSWORD }),
})
if (login.status !== 201) throw new Error(`login answered ${login.status}`)
const session = (await login.json()) as { refresh_token: string }

// Plain http is for this machine only. Do not use `allowInsecureRequests` in production.
const configuration = await oauth.discovery(new URL(BASE_URL), 'countersign', undefined, oauth.None(), {
  algorithm: 'oauth2',
  execute: [oauth.allowInsecureRequests],
})
const first = await oauth.refreshTokenGrant(configuration, session.refresh_token)
console.log(`refreshed; the access token lives ${first.expires_in} s`)

// A refresh token works once: store the new one before you use the new access token.
const second = await oauth.refreshTokenGrant(configuration, first.refresh_token ?? '')
console.log(second.refresh_token === first.refresh_token ? 'the same refresh token' : 'a new refresh token')
