// The guard of an API in Hono, served by node:http. In Deno, Bun and Workers `app.fetch` is the handler itself.
import { createServer } from 'node:http'
import { createVerifier } from '@countersign/verifier'
import { authOf, guard, resourceMetadata } from '@countersign/verifier/hono'
import { Hono } from 'hono'

const {
  ISSUER = 'http://127.0.0.1:4300',
  RESOURCE = 'https://orders.example',
  CLIENT_ID = '',
  CLIENT_SECRET = '',
} = process.env

const verifier = createVerifier({
  issuer: ISSUER,
  resource: RESOURCE,
  client: { id: CLIENT_ID, secret: CLIENT_SECRET },
})
const app = new Hono()
app.use(resourceMetadata(verifier))
app.get('/orders', guard(verifier, { scope: 'orders:read' }), (context) => {
  const { subject, client, scope } = authOf(context)
  return context.json({ orders: [], for: { subject, client, scope } })
})

const server = createServer(async (message, response) => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(message.headers)) headers.set(name, [value].flat().join(', '))
  const url = `http://${message.headers.host}${message.url}`
  const answer = await app.fetch(new Request(url, { method: message.method ?? 'GET', headers }))
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
})
server.listen(Number(process.env.PORT ?? 4301), '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`)
})
process.once('SIGTERM', () => {
  server.close()
  verifier.close()
})
