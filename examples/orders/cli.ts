// A program for people: it logs in once, keeps the session in a folder, and calls the orders API. `cli.ts` lists the orders,
// `cli.ts ARTICLE` makes one.
import { createClient, createTokens, isClientError, passwordSession, unwrap } from '@countersign/client'
import { fileStore } from '@countersign/client/node'
import type { paths } from './contract.ts'

const {
  ISSUER = 'http://127.0.0.1:4300',
  RESOURCE = 'https://orders.example',
  ORDERS = 'http://127.0.0.1:4301',
  USERNAME = 'owner',
  PASSWORD,
  SESSION = '.orders-session',
} = process.env

const tokens = createTokens({
  issuer: ISSUER,
  resource: RESOURCE,
  // The API is not at its identifier here.
  origins: [ORDERS],
  // Without a password the stored session is resumed.
  auth: passwordSession({ username: USERNAME, ...(PASSWORD && { password: PASSWORD }) }),
  store: fileStore(SESSION),
})
const orders = createClient<paths>({ baseUrl: ORDERS, auth: tokens })

try {
  const [article] = process.argv.slice(2)
  if (article !== undefined) await unwrap(orders.POST('/orders', { body: { article } }))
  for (const { id, article: name } of await unwrap(orders.GET('/orders'))) console.log(`${id} ${name}`)
} catch (error) {
  if (!isClientError(error)) throw error
  console.error(error.code === 'session_expired' ? 'Log in: set PASSWORD' : `Refused: ${error.code}`)
  process.exitCode = 1
}
