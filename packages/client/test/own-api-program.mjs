// Calls an API of one's own with a user's and with a client's tokens, and tries each token where it does not belong.
import { clientCredentials, createTokens, passwordSession } from '@countersign/client'

const [, , issuer, orders, password, clientId, clientSecret] = process.argv
const person = passwordSession({ username: 'max', password, relogin: false })
const robot = clientCredentials({ clientId, clientSecret })
const tellOf = async (what, response) => console.log(what, response.status, (await response.json()).caller ?? '')

console.log(`Node ${process.version}`)
const own = createTokens({
  issuer,
  auth: passwordSession({ username: 'max', password, relogin: false }),
  origins: [orders],
})
for (const [name, auth] of Object.entries({ person, robot })) {
  const tokens = createTokens({ issuer, auth, resource: orders })
  await tellOf(`${name} at orders`, await tokens.fetch(`${orders}/orders`))
  const headers = { Authorization: `Bearer ${(await tokens.get()).reveal()}` }
  await tellOf(`${name}'s token at the issuer`, await fetch(`${issuer}/v1/me`, { headers }))
  await tokens.fetch(`${issuer}/v1/me`).catch((error) => console.log(`${name}'s fetch to the issuer`, error.name))
  await tokens.signOut()
}
const headers = { Authorization: `Bearer ${(await own.get()).reveal()}` }
await tellOf('an issuer token at the issuer', await fetch(`${issuer}/v1/me`, { headers }))
await tellOf('an issuer token at orders', await fetch(`${orders}/orders`, { headers }))
