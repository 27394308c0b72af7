import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issuingSeconds, localCaller } from '@countersign/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../../src/testing/test-server.ts'
import { ManualTime } from '../../src/testing/time.ts'
import { needing } from '../store-features.ts'
import fixture from './before-revocations/tokens.json' with { type: 'json' }
import { makeOldFolder } from './old-folder.ts'

beforeEach(needing('file'))

/*
 * A data folder of schema 6, before there was a revocation feed: `countersign.sql` is the dump of its database, `tokens.json` what was
 * handed out.
 */

const madeAt = 1_800_000_000

let server: TestServer
let data: string
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'countersign-upgrade-'))
  makeOldFolder(data, 'before-revocations', fixture)
  const time = new ManualTime()
  time.advance(10)
  server = await startTestServer({ data, time, cheapHashes: true })
})
afterAll(async () => {
  await server.close()
  rmSync(data, { recursive: true })
})

const me = async (token: string) =>
  (await server.fetch('/v1/me', { headers: { authorization: `Bearer ${token}` } })).status
const introspect = async (token: string) => {
  const body = new URLSearchParams({ token, ...fixture.client })
  const response = await server.fetch('/oauth2/introspect', { method: 'POST', body })
  return ((await response.json()) as { readonly active: boolean }).active
}

describe('a data folder of before there was a revocation feed', () => {
  it('keeps the tokens that are out, and what was ended', async () => {
    expect(await me(fixture.users.ada.access_token)).toBe(200)
    expect(await me(fixture.users.vera.access_token)).toBe(200)
    expect(await me(fixture.ended.access_token)).toBe(401)
    expect(await introspect(fixture.machine.access_token)).toBe(true)
  })

  it('has a feed in which every token of before is doubtful, since it does not tell what was ended then', async () => {
    const { revocations } = server.authority.store
    const { feed, last, forgotten } = await revocations.state()
    expect(feed).toMatch(/^[0-9a-f]{22}$/)
    expect([last, forgotten]).toEqual([2, 0])
    const entries = await revocations.listAfter(0, 9)
    expect(entries.map(({ sequence, kind, id }) => [sequence, kind, id])).toEqual([
      [1, 'subject', '*'],
      [2, 'client', '*'],
    ])
    for (const { before } of entries) expect(before).toBeGreaterThanOrEqual(madeAt + issuingSeconds)
  })

  it('goes on with what ends from then on', async () => {
    const { store, useCases } = server.authority
    const user = await store.users.findByName('vera')
    await useCases.users.change({ id: String(user?.id), disabled: true }, localCaller)
    const [entry] = await store.revocations.listAfter(2, 9)
    expect(entry).toMatchObject({ sequence: 3, kind: 'subject', id: user?.id })
    expect(await me(fixture.users.vera.access_token)).toBe(401)
  })
})
