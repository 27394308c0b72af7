import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basic, form, type RecordedServer, type RegisteredClient, startRecordedServer } from '../recorded-server.ts'

let server: RecordedServer
let one: RegisteredClient
let other: RegisteredClient
beforeAll(async () => {
  server = await startRecordedServer()
  one = await server.client({ name: 'one' })
  other = await server.client({ name: 'other' })
})
afterAll(() => server.close())

const operations: readonly (readonly [string, Record<string, string>])[] = [
  ['/oauth2/token', { grant_type: 'client_credentials' }],
  ['/oauth2/introspect', { token: 'x' }],
  ['/oauth2/revoke', { token: 'x' }],
]

describe.each(operations)('the client at %s', (path, parameters) => {
  const ask = (headers: Record<string, string>, more: Record<string, string>) =>
    server.ask('POST', path, { headers, body: form({ ...parameters, ...more }) })
  const asOne = () => basic(one.client.id, one.secret)

  it('N-472 has one identity: another one in the form than in Basic is refused, known or not', async () => {
    for (const client_id of [other.client.id, 'countersign', one.client.name, `${one.client.id} `, 'nobody']) {
      const { status, body } = await ask(asOne(), { client_id })
      expect([status, body.error], client_id).toEqual([400, 'invalid_request'])
    }
    expect((await ask(basic('countersign', ''), { client_id: one.client.id })).status).toBe(400)
  })

  it('N-472 shows one secret: none is accepted beside Basic, neither the same nor another client’s', async () => {
    for (const by of [one, other]) {
      const more = { client_id: by.client.id, client_secret: by.secret }
      expect((await ask(asOne(), more)).status).toBe(400)
      expect((await ask(asOne(), { client_secret: by.secret })).status).toBe(400)
      expect((await ask(basic('countersign', ''), more)).status).toBe(400)
    }
  })

  it('is not authenticated by a secret alone, nor by another client’s', async () => {
    // Of its own, since each wrong secret is a guess.
    const { client } = await server.client()
    expect((await ask({}, { client_secret: one.secret })).status).toBe(401)
    expect((await ask({}, { client_id: client.id, client_secret: one.secret })).status).toBe(401)
    expect((await ask(basic(client.id, one.secret), {})).status).toBe(401)
  })

  it('may name itself twice with the same id', async () => {
    expect((await ask(asOne(), { client_id: one.client.id })).status).toBe(200)
    expect((await ask(asOne(), { client_id: '' })).status).toBe(200)
  })
})
