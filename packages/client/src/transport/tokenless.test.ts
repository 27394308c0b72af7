import { readFileSync } from 'node:fs'
import { type Operation, operationsOf } from '@countersign/spec'
import { describe, expect, it } from 'vitest'
import { createClient } from '../calls/client.ts'
import { passwordSession } from '../sources/password-session.ts'
import { startHttpServer } from '../testing/http-server.ts'
import { sessionRules } from '../testing/session-rules.ts'

interface Contract {
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, { readonly type: string; readonly scheme?: string }>>
  }
}

const file = new URL('../../../../spec/gen/openapi.json', import.meta.url)
const contract = JSON.parse(readFileSync(file, 'utf8')) as Contract
const { components } = contract
const operations = operationsOf(contract)

const isBearer = (name: string) => components.securitySchemes[name]?.scheme === 'bearer'
/** Where `security` names the grant itself, a bearer is a refresh token: no place for an access token (spec/README.md). */
const takesToken = ({ security = [], access }: Operation) =>
  access.presented !== 'grant' && security.flatMap(Object.keys).some(isBearer)

/** Calls with every path parameter filled in, and tells what was presented. */
async function presented(method: string, path: string): Promise<string | undefined> {
  const server = await startHttpServer(() => ({ status: 200, json: {} }))
  const { request } = createClient({ baseUrl: `${server.url}/below`, auth: () => 'ours' })
  await (request as (method: string, path: string) => Promise<unknown>)(method, path.replaceAll(/{\w+}/g, 'x'))
  expect(server.received[0]?.path).toMatch(/^\/below\//)
  return server.received[0]?.headers.authorization as string | undefined
}

describe('an access token', () => {
  it.each(operations)('is shown where the contract reads one, and nowhere else: $method $path', async (called) => {
    const expected = takesToken(called) ? 'Bearer ours' : undefined
    expect(await presented(called.method, called.path)).toBe(expected)
  })

  it('is shown to no login of any dialect, whatever the method beside it takes', async () => {
    const logins = operations.filter(({ method, access }) => method === 'POST' && access.least === 'none')
    expect(logins.length).toBeGreaterThan(2)
    for (const { path } of logins) expect(await presented('POST', path), path).toBeUndefined()
  })

  it('is shown to HEAD where it is shown to GET', async () => {
    expect(await presented('HEAD', '/healthz')).toBeUndefined()
    expect(await presented('HEAD', '/v1/me')).toBe('Bearer ours')
  })

  it('is shown to what this version of the contract does not know', async () => {
    for (const path of ['/v1/new', '/docs/a/b', '/docs/', '/healthz/']) {
      expect(await presented('GET', path), path).toBe('Bearer ours')
    }
  })
})

describe('a public operation', () => {
  it('is called without a login', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const auth = passwordSession({ username: 'ada', password: 'correct horse' })
    const { GET } = createClient({ baseUrl: server.url, auth })
    await GET('/healthz')
    await GET('/docs/{asset}', { params: { path: { asset: 'index.css' } } })
    expect(server.received.map(({ path }) => path)).toEqual(['/healthz', '/docs/index.css'])
    expect(rules.logins).toBe(0)
  })
})
