import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TestServerOptions } from '../../src/testing/test-server.ts'
import { type RecordedServer, startRecordedServer } from '../recorded-server.ts'

const script = '/console/assets/stand-in-1a2b3c4d.js'
const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-mode': 'navigate' }

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer()
})
afterAll(() => server.close())

const start = async (options: TestServerOptions) => {
  const other = await startRecordedServer(options)
  onTestFinished(() => other.close())
  return other
}
const get = (path: string, headers: Record<string, string> = {}) => server.ask('GET', path, { headers })

describe('the console', () => {
  it('is one page at every path of its views, with any query', async () => {
    const { text, headers } = await get('/console')
    expect(text).toContain('<title>Countersign</title>')
    expect(headers.get('content-type')).toBe('text/html')
    for (const path of ['/console/', '/console/tokens', '/console/people/0068f2/tokens', '/console/audit?from=1&x=y'])
      expect(await (await server.running.fetch(path)).text(), path).toBe(text)
  })

  it('is no page where a file is missing, and nothing but a page below its path', async () => {
    for (const path of ['/console/assets/', '/console/assets/nothing.js', '/console/assets/a/b.js', '/consolex'])
      expect((await get(path)).status, path).toBe(404)
    for (const path of [
      '/console/assets/..%2findex.html',
      '/console/assets/%2e%2e%2fpackage.js',
      '/console/assets/index.html',
    ])
      expect((await get(path)).status, path).toBe(400)
    expect((await server.ask('POST', '/console/tokens')).status).toBe(405)
  })

  it('keeps its files for ever and compresses them, and keeps its page never', async () => {
    const { headers, text } = await get(script)
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    const packed = async (encoding: string) =>
      server.running.fetch(script, { headers: { 'accept-encoding': encoding } })
    for (const encoding of ['br', 'gzip', 'deflate, gzip;q=0.9'])
      expect(await (await packed(encoding)).text()).toBe(text)
    expect((await packed('gzip, br')).headers.get('content-encoding')).toBe('br')
    expect((await packed('gzip, br;q=0')).headers.get('content-encoding')).toBe('gzip')
    expect((await packed('identity')).headers.get('content-encoding')).toBeNull()
    expect((await packed('gzip')).headers.get('vary')).toBe('Accept-Encoding')
    expect((await get('/console')).headers.get('cache-control')).toBe('no-store')
  })

  it('is where a browser goes that opens the server, and nobody else', async () => {
    const { status, headers } = await get('/', browser)
    expect([status, headers.get('location')]).toEqual([302, 'console'])
    expect((await get('/')).body.console).toBe('http://127.0.0.1:4300/console')
    const page = await get('/', { accept: 'text/html' })
    expect(page.text).toContain('<a href="console">')
    expect(page.headers.get('vary')).toBe('Accept, Sec-Fetch-Mode')
  })

  it('is nowhere if it is switched off', async () => {
    const off = await start({ flags: { console: 'off' } })
    for (const path of ['/console', '/console/tokens', script]) expect((await off.ask('GET', path)).status).toBe(404)
    expect((await off.ask('GET', '/', { headers: browser })).status).toBe(200)
    expect((await off.ask('GET', '/')).body).not.toHaveProperty('console')
    const { paths } = (await off.ask('GET', '/openapi.json')).body
    expect(Object.keys(paths as object).filter((path) => path.startsWith('/console'))).toEqual([])
  })

  it('says so if it was not built, and is linked nowhere', async () => {
    const unbuilt = await start({ consoleFiles: { read: () => undefined } })
    const { status, body } = await unbuilt.ask('GET', '/console/tokens')
    expect([status, body.detail]).toEqual([404, 'The console was not built. Build it with: npx -y pnpm@10.34.9 build'])
    expect((await unbuilt.ask('GET', '/')).body).not.toHaveProperty('console')
    expect((await unbuilt.ask('GET', '/', { headers: browser })).status).toBe(200)
  })

  it('is not served below the path of an issuer, where its addresses would be wrong', async () => {
    const below = await start({ flags: { issuer: 'http://127.0.0.1:4300/auth' } })
    expect((await below.ask('GET', '/console')).status).toBe(404)
    expect((await below.ask('GET', '/')).body).not.toHaveProperty('console')
  })
})
