import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

let server: RecordedServer
let ada: { readonly id: string }
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
  ada = await server.user('ada')
})
afterAll(() => server.close())

const refresh = (token: string) => server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: token } })

/** How many requests that only read were answered before `over`, one after the other. */
async function readsUntil(over: Promise<unknown>, access: string): Promise<number> {
  let [reads, isOver] = [0, false]
  void over.then(() => {
    isOver = true
  })
  while (!isOver) {
    expect((await server.ask('GET', '/v1/me', { headers: bearer(access) })).status).toBe(200)
    reads++
  }
  return reads
}

describe('N-226 a database that another process has locked', () => {
  it('is waited for: who writes is answered when it is free, and who reads is answered meanwhile', async () => {
    const { refresh: token, access } = await server.session(ada.id)
    const stranger = server.database()
    stranger.exec('BEGIN IMMEDIATE')
    const written = refresh(token)
    const released = (async () => {
      for (let i = 0; i < 50; i++) await server.ask('GET', '/v1/me', { headers: bearer(access) })
      stranger.exec('COMMIT')
    })()
    expect(await readsUntil(released, access)).toBeGreaterThan(10)
    expect((await written).status).toBe(200)
    stranger.close()
  })

  it('is given up in the end: 503, nothing was changed, and who reads is answered all the while', async () => {
    const { refresh: token, access } = await server.session(ada.id)
    const stranger = server.database()
    stranger.exec('BEGIN IMMEDIATE')
    const written = refresh(token)
    expect(await readsUntil(written, access)).toBeGreaterThan(100)
    const { status, headers } = await written
    expect([status, Number(headers.get('retry-after')) > 0]).toEqual([503, true])
    stranger.exec('COMMIT')
    stranger.close()
    // Without a retry key: had it been carried out, this would be a reuse.
    expect((await refresh(token)).status).toBe(200)
  })
})
