import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { bearer, type RecordedServer, startRecordedServer } from '../../../test/recorded-server.ts'

let server: RecordedServer
let owner: string
beforeEach(async () => {
  server = await startRecordedServer({ cheapHashes: true })
  onTestFinished(() => server.close())
  owner = (await server.user('boss', 'owner')).id
})

interface Statistics {
  readonly at: number
  readonly counted_since: number
  readonly step_seconds: number
  readonly counts: readonly Record<string, number>[]
  readonly reuse_alarms: readonly Record<string, unknown>[]
  readonly lockouts: readonly Record<string, unknown>[]
  readonly expiring_tokens: readonly Record<string, unknown>[]
  readonly advisories: readonly { readonly code: string }[]
}
async function statistics(query = ''): Promise<Statistics> {
  const headers = bearer((await server.session(owner)).access)
  return (await server.ask('GET', `/v1/statistics${query}`, { headers })).body as unknown as Statistics
}
const logIn = (password: string) => server.ask('POST', '/v1/sessions', { body: { username: 'vera', password } })

describe('the statistics for the owner', () => {
  it('count logins, refreshes and refusals of the present minute', async () => {
    await server.user('vera')
    const { body } = await logIn('correct horse battery staple')
    await logIn('wrong')
    await server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: body.refresh_token } })
    const { counts, step_seconds, at, counted_since } = await statistics()
    expect([counts.length, step_seconds, at, counted_since]).toEqual([60, 60, server.time.now(), server.time.now()])
    expect(counts.at(-1)).toMatchObject({ issued: 1, refreshed: 1, refused: 1, failed_logins: 1, throttled: 0 })
    const day = await statistics('?window=day')
    expect([day.counts.length, day.step_seconds]).toEqual([96, 900])
  })

  it('have a refresh token that was used twice, and an account that was locked', async () => {
    const { id } = await server.user('vera')
    const { refresh } = await server.session(id)
    const refreshIt = () => server.ask('POST', '/v1/sessions/refresh', { body: { refresh_token: refresh } })
    expect([(await refreshIt()).status, (await refreshIt()).status]).toEqual([200, 401])
    let answer = await logIn('wrong')
    for (let guess = 0; guess < 20 && answer.status !== 429; guess++) answer = await logIn('wrong')
    const { reuse_alarms, lockouts } = await statistics()
    expect(reuse_alarms).toMatchObject([{ action: 'authorization_reused', subject: { id } }])
    expect(lockouts).toMatchObject([{ action: 'account_locked', subject: { id } }])
  })

  it('have the personal tokens that expire soon, the next first', async () => {
    const { access } = await server.session(owner)
    for (const [label, days] of [
      ['later', 13],
      ['far', 20],
      ['soon', 1],
    ] as const) {
      const body = { label, expires_in: days * 86_400 }
      expect((await server.ask('POST', '/v1/tokens', { headers: bearer(access), body })).status).toBe(201)
    }
    const labels = async () => (await statistics()).expiring_tokens.map(({ label }) => label)
    expect(await labels()).toEqual(['soon', 'later'])
    server.time.advance(86_400)
    expect(await labels()).toEqual(['later'])
  })

  it('advise what should be mended', async () => {
    const codes = async () => (await statistics()).advisories.map(({ code }) => code)
    expect(await codes()).toEqual(['owner_factors', 'manager_factors'])
    const strict = await startRecordedServer({
      flags: { 'key-rotation-days': '0', 'required-factors-manager': 'password+totp', issuer: 'https://auth.example' },
    })
    onTestFinished(() => strict.close())
    const { id } = await strict.enrolled(['password', 'totp'], undefined, 'owner')
    strict.time.advance(366 * 86_400)
    const headers = bearer((await strict.session(id)).access)
    const { body } = await strict.ask('GET', '/v1/statistics', { headers })
    expect((body as unknown as Statistics).advisories.map(({ code }) => code)).toEqual(['key_rotation_off', 'key_old'])
  })
})
