// The guard of an API in Fastify.
import { createVerifier } from '@countersign/verifier'
import { authOf, guard, resourceMetadata } from '@countersign/verifier/fastify'
import { fastify } from 'fastify'

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
const app = fastify()
app.register(resourceMetadata(verifier))
app.get('/orders', { onRequest: guard(verifier, { scope: 'orders:read' }) }, async (request) => {
  const { subject, client, scope } = authOf(request)
  return { orders: [], for: { subject, client, scope } }
})

console.log(await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 4301) }))
process.once('SIGTERM', () => {
  void app.close()
  verifier.close()
})
