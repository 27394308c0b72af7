import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { routes } from '../../src/generated/index.ts'
import { basic, form, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import { appearance, guess, knownOperations, loginPaths, newAccount, newAddress, wrongSecret } from './login-paths.ts'

const wrong = 'a secret that is not it'

/** As many wrong guesses as are free. Counted before they are judged, so it does not matter that they come at once. */
const five = [1, 2, 3, 4, 5]

let house: RecordedServer
beforeAll(async () => {
  house = await startRecordedServer()
})
afterAll(() => house.close())

it('knows every operation of the contract at which a secret can be guessed', () => {
  const throttled = Object.values(routes).filter(({ statuses }) => (statuses as readonly number[]).includes(429))
  expect(knownOperations.toSorted()).toEqual(throttled.map(({ operationId }) => operationId).toSorted())
})

describe.each(loginPaths)('guessing at $name', (path) => {
  const { refused = 401 } = path
  const wrong = wrongSecret(path)
  const fiveWrong = async (account: Awaited<ReturnType<typeof newAccount>>, address: string) => {
    const answers = await Promise.all(five.map(() => guess(house, path, account, wrong, address)))
    expect(answers.map(({ status }) => status)).toEqual(five.map(() => refused))
  }

  it('N-001 N-002 is refused from the sixth time on, with the right secret too, and costs no hash', async () => {
    const [account, address] = [await newAccount(house, path), newAddress()]
    await fiveWrong(account, address)
    const hashes = vi.spyOn(house.server.authority.domain.hasher, 'verify')
    onTestFinished(() => hashes.mockRestore())
    const sixth = await guess(house, path, account, wrong, address)
    const right = await guess(house, path, account, account.secret, address)
    expect([sixth.status, sixth.headers.get('retry-after')]).toEqual([429, '30'])
    expect(appearance(right)).toEqual(appearance(sixth))
    expect(hashes).not.toHaveBeenCalled()
  })

  it('N-005 is not forgiven when somebody else at the same address gets theirs right', async () => {
    const victim = await newAccount(house, path)
    let attacker = await newAccount(house, path)
    const address = newAddress()
    for (let i = 0; i < 5; i++) {
      if (path.once) attacker = await newAccount(house, path)
      const [one, other] = await Promise.all([
        guess(house, path, victim, wrong, address),
        guess(house, path, attacker, attacker.secret, address),
      ])
      expect([one.status, other.status < 300]).toEqual([refused, true])
    }
    expect((await guess(house, path, victim, wrong, address)).status).toBe(429)
  })
})

describe.each(loginPaths.filter(({ final }) => !final))('guessing elsewhere at $name', (path) => {
  const { refused = 401 } = path
  const wrong = wrongSecret(path)

  it('N-011 locks nobody out at an address where they got it right before', async () => {
    const [account, home, elsewhere] = [await newAccount(house, path), newAddress(), newAddress()]
    expect((await guess(house, path, account, account.secret, home)).status).toBeLessThan(300)
    const answers = await Promise.all(five.map(() => guess(house, path, account, wrong, elsewhere)))
    expect(answers.map(({ status }) => status)).toEqual(five.map(() => refused))
    expect((await guess(house, path, account, wrong, elsewhere)).status).toBe(429)
    expect((await guess(house, path, account, account.secret, home)).status).toBeLessThan(300)
  })
})

describe.each(loginPaths.filter(({ anyName }) => anyName))('names that nobody has, at $name', (path) => {
  const { refused = 401 } = path
  const wrong = wrongSecret(path)

  it('N-013 N-016 are answered like names that exist, before the limit and beyond it', async () => {
    const known = await newAccount(house, path)
    const [here, there] = [newAddress(), newAddress()]
    const unknown = { ...known, name: path.of === 'client' ? 'f'.repeat(22) : `nobody-${there}` }
    for (const status of [...Array<number>(5).fill(refused), 429, 429]) {
      const [one, other] = await Promise.all([
        guess(house, path, known, wrong, here),
        guess(house, path, unknown, wrong, there),
      ])
      expect(one.status).toBe(status)
      expect(appearance(other)).toEqual(appearance(one))
    }
  })
})

it('N-007 adds up over all paths to one account', async () => {
  const account = await newAccount(house, { of: 'person' })
  const people = loginPaths.filter((path) => path.of === 'person' && !path.once)
  const statuses: number[] = []
  for (let i = 0; i < 6; i++) {
    const path = people[i % people.length]
    if (path) statuses.push((await guess(house, path, account, wrong, newAddress())).status)
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
})

describe.each(loginPaths.filter(({ of, anyName }) => of === 'person' && anyName))('names at $name', (path) => {
  const wrong = wrongSecret(path)

  it('N-006 count together however they are spelled, and no other spelling is the name', async () => {
    const account = await newAccount(house, path)
    const name = account.name
    const spellings = [
      name.toUpperCase(),
      `A${name.slice(1)}`,
      `${name} `,
      ` ${name}`,
      `${name}\u0000`,
      `%61${name.slice(1)}`,
    ]
    const wide = [...name].map((c) => (/[a-z]/.test(c) ? String.fromCharCode(c.charCodeAt(0) + 0xfee0) : c)).join('')
    const others = [...spellings.slice(2), wide, name.replace('a', 'а'), `${name}\u200b`]
    for (const spelling of others) {
      const answer = await guess(house, path, { ...account, name: spelling }, account.secret, newAddress())
      expect([400, 401]).toContain(answer.status)
    }
    for (const spelling of [...spellings.slice(0, 2), ...spellings.slice(0, 2), name]) {
      await guess(house, path, { ...account, name: spelling }, wrong, newAddress())
    }
    expect((await guess(house, path, account, account.secret, newAddress())).status).toBe(429)
  })
})

describe('who asks', () => {
  it('N-008 is the peer and not what a header says, unless a proxy is trusted', async () => {
    const own = await startRecordedServer({ flags: { 'trusted-proxies': '192.0.2.1' } })
    onTestFinished(() => own.close())
    const { client } = await own.client()
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) {
      const from = `203.0.113.${i}`
      const headers = {
        ...basic(client.id, wrong),
        'x-forwarded-for': [from, `198.51.100.${i}`],
        forwarded: `for=${from}`,
        'x-real-ip': from,
      }
      const body = form({ grant_type: 'client_credentials' })
      statuses.push((await own.ask('POST', '/oauth2/token', { headers, body })).status)
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
  })

  it('N-010 is still throttled after the server was started again', async () => {
    const data = mkdtempSync(join(tmpdir(), 'countersign-restart-'))
    onTestFinished(() => rmSync(data, { recursive: true, force: true }))
    const before = await startRecordedServer({ data })
    await before.user('ada')
    const login = { body: { username: 'ada', password: wrong } }
    for (let i = 0; i < 4; i++) expect((await before.ask('POST', '/v1/sessions', login)).status).toBe(401)
    await before.close()
    const after = await startRecordedServer({ data })
    onTestFinished(() => after.close())
    expect((await after.ask('POST', '/v1/sessions', login)).status).toBe(401)
    expect((await after.ask('POST', '/v1/sessions', login)).status).toBe(429)
  })
})

describe('N-018 a Basic credential that cannot be one', () => {
  const encoded = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding).toString('base64')
  const password = 'colons: all : belong to it'
  beforeAll(() => house.user('colonel', 'viewer', password))

  it.each([
    ['no user', encoded(`:${password}`)],
    ['no password', encoded('colonel:')],
    ['no colon', encoded('colonel')],
    ['8 kB', encoded(`colonel:${'x'.repeat(9000)}`)],
    ['no base64', '!!!'],
    ['base64 for URLs', encoded('colonel:\u{fb}\u{ff}?>').replaceAll('+', '-').replaceAll('/', '_')],
    ['base64 without its padding', encoded(`colonel:${password}x`).replaceAll('=', '')],
    ['base64 with stray bits', `${encoded('colonel:abcd').slice(0, -2)}R=`],
    ['bytes that are no UTF-8', encoded('colonel:\xff\xfe', 'latin1')],
    ['control characters', encoded('colonel:a\u0007b')],
    ['nothing', ''],
  ])('is refused: %s', async (_what, value) => {
    const headers = { authorization: `Basic ${value}`, 'x-forwarded-for': newAddress() }
    for (const [method, path] of [
      ['GET', '/manifold-api/login'],
      ['POST', '/manifold-api/login'],
    ] as const) {
      expect([400, 401]).toContain((await house.ask(method, path, { headers })).status)
    }
    for (const path of ['/oauth2/token', '/oauth2/introspect', '/oauth2/revoke']) {
      const body = form({ token: 'x', grant_type: 'client_credentials' })
      expect([400, 401]).toContain((await house.ask('POST', path, { headers, body })).status)
    }
  })

  it('is not one whose password has colons: the first one separates', async () => {
    const headers = { ...basic('colonel', password), 'x-forwarded-for': newAddress() }
    expect((await house.ask('POST', '/manifold-api/login', { headers })).status).toBe(200)
  })
})
