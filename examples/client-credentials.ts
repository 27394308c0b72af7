// A client with its own id and secret (RFC 6749 §4.4). The token is requested on first use, kept in memory, and
// replaced before it expires.
import { clientCredentials, createClient, isClientError, unwrap } from '@countersign/client'

const { BASE_URL = 'http://127.0.0.1:4300', CLIENT_ID = '', CLIENT_SECRET = '' } = process.env
const client = createClient({
  baseUrl: BASE_URL,
  auth: clientCredentials({ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, scope: 'read' }),
})

try {
  const { authorizations } = await unwrap(client.GET('/v1/authorizations'))
  for (const { id, kind, scope, role } of authorizations) console.log(`${kind} ${id}: ${scope} as ${role}`)
} catch (error) {
  if (!isClientError(error)) throw error
  console.error(`Refused: ${error.code}`)
  process.exitCode = 1
}
