// An orders API, spec-first: openapi.json says which scope each operation needs, express-openapi-validator enforces the contract,
// and the verifier judges the tokens. A revoked token is refused at once.
import { readFileSync } from 'node:fs'
import { createVerifier } from '@countersign/verifier'
import { authOf, challenges, resourceMetadata, securityHandlers } from '@countersign/verifier/express'
import express, { type ErrorRequestHandler } from 'express'
import { middleware } from 'express-openapi-validator'
import type { components, paths } from './contract.ts'

const {
  ISSUER = 'http://127.0.0.1:4300',
  RESOURCE = 'https://orders.example',
  CLIENT_ID = '',
  CLIENT_SECRET = '',
  PAGE_ORIGIN = 'http://127.0.0.1:4302',
  PORT = '4301',
} = process.env

type Order = components['schemas']['Order']
type NewOrder = paths['/orders']['post']['requestBody']['content']['application/json']

const contract = JSON.parse(readFileSync(new URL('openapi.json', import.meta.url), 'utf8'))
const verifier = createVerifier({
  issuer: ISSUER,
  resource: RESOURCE,
  client: { id: CLIENT_ID, secret: CLIENT_SECRET },
  whenSilent: 'closed',
  scopesSupported: ['orders:read', 'orders:write'],
})

const app = express()
app.disable('x-powered-by')
// The page of the example is on another origin.
app.use((request, response, next) => {
  response.setHeader('Access-Control-Allow-Origin', PAGE_ORIGIN)
  response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type')
  response.setHeader('Vary', 'Origin')
  if (request.method === 'OPTIONS') response.status(204).end()
  else next()
})
app.use(resourceMetadata(verifier))
app.use(express.json())
app.use(middleware({ apiSpec: contract, validateSecurity: { handlers: securityHandlers(verifier, contract) } }))

const orders: Order[] = []
app.get('/orders', (_request, response) => {
  response.json(orders)
})
app.post('/orders', (request, response) => {
  const { article } = request.body as NewOrder
  const order: Order = { id: orders.length + 1, article, by: authOf(request).subject }
  orders.push(order)
  response.status(201).json(order)
})

app.use(challenges(verifier))
const refuse: ErrorRequestHandler = (error, _request, response, _next) => {
  const { status = 500, message } = error as { readonly status?: number; readonly message: string }
  response.status(status).json({ error: status < 500 ? message : 'Try again.' })
}
app.use(refuse)

await verifier.ready()
const server = app.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`)
})
process.once('SIGTERM', () => {
  server.close()
  verifier.close()
})
