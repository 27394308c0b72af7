import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { guess, isUserPath, loginPaths, newAccount, newAddress, wrongSecret } from './login-paths.ts'

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
})
afterAll(() => server.close())

let names = 0

interface Event {
  readonly action: string
  readonly address: string
  readonly subject?: { readonly kind: string; readonly id: string }
  readonly request_id: string
  readonly detail: Readonly<Record<string, unknown>>
}
/** What the trail says of this address, oldest first. Who owns the server changes on the way. */
const toldOf = async (address: string): Promise<readonly Event[]> => {
  const { store } = server.running.authority
  const entries = await store.audit.list({ limit: 5000 })
  return entries
    .filter((entry) => entry.address === address)
    .map(({ requestId, detail, ...entry }) => ({ ...entry, request_id: requestId, detail: detail ?? {} }) as Event)
    .reverse()
}
const idOf = async (name: string): Promise<string> =>
  (await server.running.authority.store.users.findByName(name))?.id ?? name
const lastLine = () => JSON.parse(server.running.log().trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>

describe.each(loginPaths)('wrong guesses at $name', (path) => {
  it('N-560 are recorded with the account and the client’s address, and a lock-out once', async () => {
    const account = await newAccount(server, path)
    const address = newAddress()
    const { headers } = await guess(server, path, account, wrongSecret(path), address)
    expect(lastLine()).toMatchObject({ address, request_id: headers.get('x-request-id') })
    for (let n = 0; n < 4; n++) await guess(server, path, account, wrongSecret(path), address)
    const subject = { kind: isUserPath(path) ? 'user' : 'client', id: await idOf(account.name) }
    const told = (await toldOf(address)).filter(({ action }) => /^(login_failed|account_locked)$/.test(action))
    expect(told).toMatchObject([
      { action: 'login_failed', subject, request_id: headers.get('x-request-id'), detail: {} },
      { action: 'account_locked', subject, detail: { limit: 'account' } },
    ])
  })
})

describe.each(loginPaths.filter(({ anyName }) => anyName))(
  'wrong guesses at a name that does not exist, at $name',
  (path) => {
    it('N-207 N-560 are recorded without the name', async () => {
      const account = { ...(await newAccount(server, path)), name: `hunter2-${++names}` }
      const address = newAddress()
      await guess(server, path, account, wrongSecret(path), address)
      const told = await toldOf(address)
      expect(told.map(({ action, subject }) => [action, subject])).toEqual([['login_failed', undefined]])
      for (const table of ['audit', 'audit_tallies']) {
        expect(JSON.stringify(server.sql(`SELECT * FROM ${table}`))).not.toContain('hunter2')
      }
      expect(server.running.log()).not.toContain('hunter2')
    })
  },
)

describe('the address of the caller', () => {
  const addressesOf = async (trusted: string | undefined, forwarded: string) => {
    const flags = trusted === undefined ? { 'trusted-proxies': '192.0.2.99' } : { 'trusted-proxies': trusted }
    const own = await startRecordedServer({ flags, cheapHashes: true })
    onTestFinished(() => own.close())
    const body = { username: 'nobody', password: 'a secret that is not it' }
    await own.ask('POST', '/v1/sessions', { headers: { 'x-forwarded-for': forwarded }, body })
    const line = JSON.parse(own.running.log().trimEnd().split('\n').at(-1) ?? '') as { address: string }
    const [entry] = await own.running.authority.store.audit.list({ limit: 1 })
    return [line.address, entry?.address]
  }

  it.each([
    ['127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['127.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
    ['127.0.0.1', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    [undefined, '203.0.113.7', '127.0.0.1'],
  ])('N-567 is the same in the log and in the trail, behind %s, which says %s', async (trusted, forwarded, address) => {
    expect(await addressesOf(trusted, forwarded)).toEqual([address, address])
  })
})

describe('late and repeated refreshes', () => {
  it('N-561 have one entry in 15 minutes, and then their number', async () => {
    const { id } = await server.user('late')
    const { refresh } = await server.session(id)
    const send = () =>
      server.ask('POST', '/v1/sessions/refresh', {
        headers: { 'idempotency-key': 'k'.repeat(22) },
        body: { refresh_token: refresh },
      })
    expect((await send()).status).toBe(200)
    server.time.advance(61)
    for (let n = 0; n < 20; n++) expect((await send()).status).toBe(401)
    const { store, clock } = server.running.authority
    const filter = { action: 'refresh_late', subject: id }
    const told = async () => (await store.audit.list({ filter, limit: 9 })).toReversed()
    expect(await told()).toMatchObject([{ detail: { generation: 0 } }])
    server.time.advance(900)
    await store.audit.settle(clock.latest())
    expect(await told()).toMatchObject([{}, { action: 'refresh_late', detail: { count: 19 } }])
  })
})
