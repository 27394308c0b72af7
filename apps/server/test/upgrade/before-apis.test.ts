import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localCaller } from '@countersign/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../../src/testing/test-server.ts'
import { ManualTime } from '../../src/testing/time.ts'
import { needing } from '../store-features.ts'
import fixture from './before-apis/tokens.json' with { type: 'json' }
import { makeOldFolder } from './old-folder.ts'

beforeEach(needing('file'))

/*
 * A data folder of version 0.1.0 with schema 5, before APIs were registered: `countersign.sql` is the dump of its database,
 * `tokens.json` what was handed out. Clients had audiences, which they could both ask for and introspect.
 */

const reports = 'https://reports.example'
const ledger = 'urn:example:ledger'

let server: TestServer
let data: string
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'countersign-upgrade-'))
  makeOldFolder(data, 'before-apis', fixture)
  const time = new ManualTime()
  time.advance(10)
  server = await startTestServer({ data, time, cheapHashes: true })
})
afterAll(async () => {
  await server.close()
  rmSync(data, { recursive: true })
})

type Registered = (typeof fixture.clients)[keyof typeof fixture.clients]

const post = async (path: string, body: Record<string, string>) => {
  const response = await server.fetch(path, { method: 'POST', body: new URLSearchParams(body) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const introspect = async (token: string, by: Registered) => (await post('/oauth2/introspect', { token, ...by })).body
const ask = (by: Registered, given: Record<string, string> = {}) =>
  post('/oauth2/token', { grant_type: 'client_credentials', ...by, ...given })
const me = async (token: string) =>
  (await server.fetch('/v1/me', { headers: { authorization: `Bearer ${token}` } })).status

const { reporting, opaque, plain } = fixture.clients

describe('a data folder of before APIs were registered', () => {
  it('keeps the tokens of users that are out: access, refresh and personal tokens, natively and of a dialect', async () => {
    expect(await me(fixture.users.ada.access_token)).toBe(200)
    expect(await me(fixture.personal.token)).toBe(200)
    const refreshed = await post('/oauth2/token', {
      grant_type: 'refresh_token',
      client_id: 'countersign',
      refresh_token: fixture.users.vera.refresh_token,
    })
    expect(refreshed.status).toBe(200)
    expect(await me(String(refreshed.body.access_token))).toBe(200)
    const { status } = await server.fetch('/manifold-api/login', {
      headers: { authorization: `Bearer ${fixture.manifold.refresh_token}` },
    })
    expect(status).toBe(200)
  })

  it('keeps the tokens of clients that are out, with one audience and with several', async () => {
    expect(await introspect(fixture.machine.jwt.access_token, reporting)).toMatchObject({
      active: true,
      aud: [reports],
      scope: 'read write',
    })
    expect(await introspect(fixture.machine.opaque.access_token, opaque)).toMatchObject({
      active: true,
      aud: [reports],
    })
    expect(await introspect(fixture.machine.both.access_token, opaque)).toMatchObject({
      active: true,
      aud: [reports, ledger],
    })
    expect(await introspect(fixture.machine.issuer.access_token, plain)).toMatchObject({ active: true })
    expect(await introspect(fixture.machine.jwt.access_token, plain)).toEqual({ active: false })
  })

  it('keeps both rights of clients: asking for tokens and introspecting', async () => {
    const standing = () => server.authority.store.authorizations.listLive({ kind: 'standing', latest: 0, limit: 100 })
    const before = (await standing()).authorizations.length
    for (const [by, resource] of [
      [reporting, reports],
      [opaque, reports],
    ] as const) {
      const { status, body } = await ask(by, { resource })
      expect([status, body.scope]).toEqual([200, 'read write'])
      expect(await introspect(String(body.access_token), reporting)).toMatchObject({ active: true, aud: [reports] })
    }
    // They use the Authorizations that they had.
    expect((await standing()).authorizations).toHaveLength(before)
    expect((await ask(reporting, { resource: ledger })).status).toBe(200)
    expect((await ask(reporting)).status).toBe(200)
    expect((await ask(plain, { resource: reports })).body.error).toBe('invalid_target')
  })

  it('makes each audience an API that only those clients may ask for', async () => {
    const { apis } = await server.authority.useCases.apis.list({ limit: 10 })
    expect(apis.map(({ identifier, firstParty }) => [identifier, firstParty])).toEqual([
      ['http://127.0.0.1:4300', true],
      [reports, false],
      [ledger, false],
    ])
    const login = await server.fetch('/v1/sessions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'vera', password: fixture.password, resource: reports }),
    })
    expect([login.status, ((await login.json()) as { code: string }).code]).toEqual([400, 'target_invalid'])
    const [, api] = apis
    await server.authority.useCases.apis.remove(String(api?.id), localCaller)
    expect(await introspect(fixture.machine.jwt.access_token, reporting)).toEqual({ active: false })
    expect(await introspect(fixture.machine.both.access_token, reporting)).toMatchObject({ aud: [ledger] })
  })
})
