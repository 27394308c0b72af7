// An MCP server over HTTP (Model Context Protocol, authorization): the verifier guards it, and its 401 names the metadata from which
// a client learns the issuer (RFC 9728).
import { createVerifier } from '@countersign/verifier'
import { authOf, guard, resourceMetadata } from '@countersign/verifier/express'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express from 'express'

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
const app = express()
app.use(resourceMetadata(verifier))
app.post('/mcp', guard(verifier, { scope: 'orders:read' }), express.json(), async (request, response) => {
  const { subject } = authOf(request)
  // Without sessions: one server and one transport for each request.
  const mcp = new McpServer({ name: 'orders', version: '1.0.0' })
  mcp.registerTool('whoami', { description: 'The id of the caller.' }, () => ({
    content: [{ type: 'text', text: subject }],
  }))
  const transport = new StreamableHTTPServerTransport()
  response.once('close', () => void transport.close())
  await mcp.connect(transport as Parameters<typeof mcp.connect>[0])
  await transport.handleRequest(request, response, request.body)
})

const server = app.listen(Number(process.env.PORT ?? 4301), '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`)
})
process.once('SIGTERM', () => {
  server.close()
  verifier.close()
})
