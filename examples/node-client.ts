// A user's session stored in a folder. The first run logs in with PASSWORD. Later runs resume the session and refresh
// it when needed, also after its access token has expired and after a restart of the server.
import { createClient, isClientError, passwordSession, unwrap } from '@countersign/client'
import { fileStore } from '@countersign/client/node'

const { BASE_URL = 'http://127.0.0.1:4300', USERNAME = 'owner', PASSWORD, SESSION = 'session' } = process.env
const client = createClient({
  baseUrl: BASE_URL,
  auth: passwordSession({ username: USERNAME, store: fileStore(SESSION), ...(PASSWORD && { password: PASSWORD }) }),
})

try {
  const me = await unwrap(client.GET('/v1/me'))
  const session = await unwrap(client.GET('/v1/sessions/current'))
  console.log(
    `${me.username} is ${me.role}; the session ends in ${Math.round(session.refresh_expires_in / 86_400)} days`,
  )
} catch (error) {
  if (!isClientError(error)) throw error
  console.error(error.code === 'session_expired' ? 'Please log in again: set PASSWORD' : `Refused: ${error.code}`)
  process.exitCode = 1
}
