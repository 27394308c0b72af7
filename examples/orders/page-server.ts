// Serves the page of the example, on an origin of its own, with the modules of the client.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const {
  ISSUER = 'http://127.0.0.1:4300',
  RESOURCE = 'https://orders.example',
  ORDERS = 'http://127.0.0.1:4301',
  PORT = '4302',
} = process.env

const here = fileURLToPath(new URL('.', import.meta.url))
const modules = join(dirname(fileURLToPath(import.meta.resolve('@countersign/client/package.json'))), 'dist')
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }
const settings = JSON.stringify({ issuer: ISSUER, resource: RESOURCE, api: ORDERS })

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const headers = {
    'Content-Security-Policy': `default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; connect-src 'self' ${ISSUER} ${ORDERS}`,
    'Cache-Control': 'no-store',
  }
  if (pathname === '/settings.json') {
    response.writeHead(200, { ...headers, 'Content-Type': 'application/json' }).end(settings)
    return
  }
  const file =
    pathname === '/'
      ? join(here, 'page.html')
      : pathname === '/page.js'
        ? join(here, 'page.js')
        : pathname.startsWith('/modules/')
          ? join(modules, normalize(pathname.slice('/modules'.length)))
          : undefined
  const text = file && (await readFile(file).catch(() => undefined))
  if (file && text)
    response.writeHead(200, { ...headers, 'Content-Type': types[extname(file)] ?? 'text/plain' }).end(text)
  else response.writeHead(404, headers).end()
})
server.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`)
})
process.once('SIGTERM', () => server.close())
