// `node server.js FOLDER PORT CONNECTIONS`: an oidc-provider that does what the benchmark asks for. Prints what a caller needs.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { Provider } from 'oidc-provider'
import { Store } from './store.js'

const [folder, port, connections] = process.argv.slice(2)
const resource = 'urn:bench:api'
const client = { id: 'bench', secret: randomBytes(24).toString('base64url') }
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const day = 86_400

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: new Store(join(folder, 'oidc-provider.db')).adapter(),
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' }] },
  clients: [
    {
      client_id: client.id,
      client_secret: client.secret,
      grant_types: ['client_credentials', 'refresh_token', 'authorization_code'],
      redirect_uris: ['http://127.0.0.1/callback'],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  cookies: { keys: [randomBytes(24).toString('base64url')] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: 'api',
        audience: resource,
        accessTokenTTL: 3600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: true,
  scopes: ['openid', 'offline_access', 'api'],
  ttl: { ClientCredentials: 3600, AccessToken: 3600, RefreshToken: 30 * day, Grant: 30 * day },
})

/** What a login would have left behind. */
async function session(at) {
  const accountId = `user-${at}`
  const grant = new provider.Grant({ accountId, clientId: client.id })
  grant.addResourceScope(resource, 'api')
  const token = new provider.RefreshToken({
    accountId,
    client: await provider.Client.find(client.id),
    grantId: await grant.save(),
    gty: 'authorization_code',
    authTime: Math.floor(Date.now() / 1000),
    resource,
    scope: 'api',
  })
  return token.save()
}

const refreshTokens = []
for (let at = 0; at < Number(connections); at++) refreshTokens.push(await session(at))
const handle = provider.callback()
const server = createServer((request, response) => {
  if (request.url === '/readyz') response.end('{}')
  else handle(request, response)
})
server.listen(Number(port), '127.0.0.1', () => {
  console.log(JSON.stringify({ client, refreshTokens, resource }))
})
process.once('SIGTERM', () => process.exit(0))
