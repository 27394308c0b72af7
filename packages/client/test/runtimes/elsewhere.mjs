// A page of another origin than the server and than the API that it calls.
import { createClient, createTokens, passwordSession, unwrap } from '@countersign/client'

const person = (password) => passwordSession({ username: 'owner', password, relogin: false })

/** Logs in, calls the server, and refreshes for an API of one's own. */
export async function callFrom(issuer, resources, password) {
  const [own, orders] = resources
  const tokens = createTokens({ issuer, auth: person(password), resource: resources })
  const me = await fetch(`${issuer}/v1/me`, {
    headers: { Authorization: `Bearer ${(await tokens.get({ resource: own })).reveal()}` },
  })
  const called = await tokens.fetch(`${orders}/orders`)
  const client = createClient({ baseUrl: issuer, auth: person(password) })
  const { username } = await unwrap(client.GET('/v1/me'))
  return [(await me.json()).username, (await called.json()).caller, username]
}

/** What a page is told whose origin the server does not list. */
export const refusedFrom = (issuer, password) =>
  createTokens({ issuer, auth: person(password) })
    .get()
    .then(
      () => 'a token',
      ({ code, reason, message }) => ({ code, reason, message }),
    )
