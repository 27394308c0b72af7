// How vendors' servers read paths and queries. Taken from the contract, so that every operation of every dialect is tried.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dialect } from '../../src/dialects/kit/dialect.ts'
import { dialects } from '../../src/dialects/registry.ts'
import { operations } from '../contract/document.ts'
import { type RecordedServer, startRecordedServer } from '../recorded-server.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer()
})
afterAll(() => server.close())

const concrete = (path: string) => path.replace(/\{\w+\}/g, '0')
/** Only the literal segments: a name keeps its letters. */
const inCapitals = (path: string) =>
  path.replace(/\/[^/{]+/g, (segment) => segment.toUpperCase()).replace(/\{\w+\}/g, '0')

/** What is asked without any credential. */
const asked = async (method: string, path: string) => {
  const { status, text } = await server.ask(method, path)
  return { status, text }
}

describe.each(dialects as readonly Dialect<object>[])('the paths of $name', ({ name, spelling }) => {
  const own = operations.filter(({ tag }) => tag === name)

  it.each(own)('N-441 $method $path is spelled as the vendor’s server reads it', async ({ method, path }) => {
    const exact = await asked(method, concrete(path))
    expect(exact.status).not.toBe(404)
    const slashed = await asked(method, `${concrete(path)}/`)
    if (spelling?.trailingSlash && !path.endsWith('/')) expect(slashed).toEqual(exact)
    else expect(slashed.status).toBe(404)
    const capitals = await asked(method, inCapitals(path))
    if (spelling?.anyCase) expect(capitals).toEqual(exact)
    else expect(capitals.status).toBe(404)
    const twice = await asked(method, `${concrete(path)}//`)
    expect(twice.status).toBe(404)
  })

  it.each(own)('N-440 $method $path ignores what it does not know in the query', async ({ method, path }) => {
    const exact = await asked(method, concrete(path))
    for (const query of ['_=1', '_=1&_=2&a[]=3', 'access_token=x', '__proto__=1', 'x=%zz']) {
      const answer = await asked(method, `${concrete(path)}?${query}`)
      expect({ query, ...answer }).toEqual({ query, ...exact })
    }
  })
})

it('N-440 native and OAuth operations refuse an unknown parameter', async () => {
  const { id } = await server.user('ada', 'owner')
  const { access } = await server.session(id)
  const headers = { authorization: `Bearer ${access}` }
  expect((await server.ask('GET', '/v1/me?_=1', { headers })).status).toBe(400)
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  expect((await server.ask('POST', '/oauth2/token?_=1', { body })).status).not.toBe(200)
})
