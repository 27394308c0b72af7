import { expect, it, onTestFinished } from 'vitest'
import { startRecordedServer } from '../recorded-server.ts'

const start = async (flags: Record<string, string>) => {
  const house = await startRecordedServer({ flags })
  onTestFinished(() => house.close())
  return house
}

it('serves the contract that it is built from', async () => {
  const { ask } = await start({})
  const { body } = await ask('GET', '/openapi.json')
  expect(Object.keys(body.paths as object)).toEqual(
    expect.arrayContaining(['/metrics', '/manifold-api/login', '/v1/me']),
  )
})

it('serves neither metrics nor dialects that are switched off, and its contract names them no more', async () => {
  const { ask, server } = await start({ metrics: 'off', dialects: 'none' })
  for (const path of ['/metrics', '/manifold-api/login', '/manifold-api/v3-preview']) {
    const { status, headers } = await server.fetch(path)
    expect({ path, status, type: headers.get('content-type') }).toEqual({
      path,
      status: 404,
      type: 'application/problem+json',
    })
  }
  const { body } = await ask('GET', '/openapi.json')
  expect(JSON.stringify(Object.keys(body.paths as object))).not.toMatch(/metrics|manifold/)
  expect(JSON.stringify(body.tags)).not.toContain('manifold')
})
