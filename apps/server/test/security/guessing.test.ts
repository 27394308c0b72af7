import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { throttleLimits } from '@countersign/core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { run } from '../../src/cli/testing/run-program.ts'
import { type Route, routes } from '../../src/generated/index.ts'
import { membersOf, operations } from '../contract/document.ts'
import { basic, form, type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import {
  appearance,
  codePaths,
  guess,
  isOnce,
  isUserPath,
  knownOperations,
  loginPaths,
  newAccount,
  newAddress,
  wrongSecret,
} from './login-paths.ts'

const wrong = 'a secret that is not it'

/** As many wrong guesses as are free. Counted before they are judged, so it does not matter that they come at once. */
const five = [1, 2, 3, 4, 5]

let server: RecordedServer
beforeAll(async () => {
  server = await startRecordedServer({ cheapHashes: true })
})
afterAll(() => server.close())

describe('the list of paths', () => {
  it('has every operation of the contract at which a secret can be guessed', () => {
    const throttled = Object.values(routes).filter(({ statuses }) => (statuses as readonly number[]).includes(429))
    expect(knownOperations.toSorted()).toEqual(throttled.map(({ operationId }) => operationId).toSorted())
  })

  it.each(knownOperations)('shows by its paths all that %s can be shown', (operationId) => {
    const ways = loginPaths.filter((path) => path.operationId === operationId)
    const account = {
      name: 'name',
      password: 'password',
      access: '',
      keyId: '',
      clientId: '',
      kind: 'code',
      secret: '',
    } as const
    const members = ways.flatMap((path) => {
      const { body } = path.request(account, 'secret')
      return body instanceof URLSearchParams ? [...body.keys()] : Object.keys(body ?? {})
    })
    const { body } = operations.find((operation) => operation.operationId === operationId) ?? {}
    const asked = Object.values(body ?? {}).flatMap(({ schema }) => [...membersOf(schema)])
    expect(members).toEqual(expect.arrayContaining(asked.filter((name) => /(^|_)(password|code|secret)$/.test(name))))
  })
})

describe.each(loginPaths)('guessing at $name', (path) => {
  const { refused = 401 } = path
  const wrong = wrongSecret(path)
  const fiveWrong = async (account: Awaited<ReturnType<typeof newAccount>>, address: string) => {
    const answers = await Promise.all(five.map(() => guess(server, path, account, wrong, address)))
    expect(answers.map(({ status }) => status)).toEqual(five.map(() => refused))
  }

  it('N-001 N-002 is refused from the sixth time on, with the right secret too, and costs no hash', async () => {
    const [account, address] = [await newAccount(server, path), newAddress()]
    await fiveWrong(account, address)
    const hashes = vi.spyOn(server.running.authority.domain.hasher, 'verify')
    onTestFinished(() => hashes.mockRestore())
    const sixth = await guess(server, path, account, wrong, address)
    const right = await guess(server, path, account, account.secret, address)
    expect([sixth.status, sixth.headers.get('retry-after')]).toEqual([429, '30'])
    expect(appearance(right)).toEqual(appearance(sixth))
    expect(hashes).not.toHaveBeenCalled()
  })

  it('N-005 is not forgiven when another user at the same address gets theirs right', async () => {
    const victim = await newAccount(server, path)
    let attacker = await newAccount(server, path)
    const address = newAddress()
    for (let i = 0; i < 5; i++) {
      if (isOnce(path)) attacker = await newAccount(server, path)
      const [one, other] = await Promise.all([
        guess(server, path, victim, wrong, address),
        guess(server, path, attacker, attacker.secret, address),
      ])
      expect([one.status, other.status < 300]).toEqual([refused, true])
    }
    expect((await guess(server, path, victim, wrong, address)).status).toBe(429)
  })
})

describe.each(loginPaths.filter(({ final }) => !final))('guessing elsewhere at $name', (path) => {
  const { refused = 401 } = path
  const wrong = wrongSecret(path)

  it('N-011 locks no account out at an address where it has logged in before', async () => {
    const [account, home, elsewhere] = [await newAccount(server, path), newAddress(), newAddress()]
    expect((await guess(server, path, account, account.secret, home)).status).toBeLessThan(300)
    const answers = await Promise.all(five.map(() => guess(server, path, account, wrong, elsewhere)))
    expect(answers.map(({ status }) => status)).toEqual(five.map(() => refused))
    expect((await guess(server, path, account, wrong, elsewhere)).status).toBe(429)
    expect((await guess(server, path, account, account.secret, home)).status).toBeLessThan(300)
  })
})

describe.each(loginPaths.filter(({ anyName }) => anyName))('names that do not exist, at $name', (path) => {
  const { refused = 401 } = path
  const wrong = wrongSecret(path)

  it('N-013 N-016 are answered like names that exist, before the limit and beyond it', async () => {
    const known = await newAccount(server, path)
    const [here, there] = [newAddress(), newAddress()]
    const unknown = { ...known, name: path.of === 'client secret' ? 'f'.repeat(22) : `nobody-${there}` }
    for (const status of [...Array<number>(5).fill(refused), 429, 429]) {
      const [one, other] = await Promise.all([
        guess(server, path, known, wrong, here),
        guess(server, path, unknown, wrong, there),
      ])
      expect(one.status).toBe(status)
      expect(appearance(other)).toEqual(appearance(one))
    }
  })
})

describe.each(loginPaths.filter(isUserPath))('guessing from everywhere at $name', (path) => {
  const { refused = 401 } = path
  const wrong = wrongSecret(path)
  const statusesOf = async (answers: readonly Promise<{ readonly status: number }>[]) => {
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    return {
      refused: statuses.filter((status) => status === refused).length,
      throttled: statuses.filter((status) => status === 429).length,
    }
  }

  it('N-004 is counted together, however many addresses it comes from', async () => {
    const account = await newAccount(server, path)
    const statuses: number[] = []
    for (let i = 0; i < 20; i++) statuses.push((await guess(server, path, account, wrong, newAddress())).status)
    expect(statuses).toEqual([...five.map(() => refused), ...Array<number>(15).fill(429)])
  })

  it('N-009 N-041 200 times at once is judged five times', async () => {
    const account = await newAccount(server, path)
    const address = newAddress()
    const guesses = Array.from({ length: 200 }, () => guess(server, path, account, wrong, address))
    expect(await statusesOf(guesses)).toEqual({ refused: 5, throttled: 195 })
  })

  it('N-012 is forgotten at a word from the command line, and the owner reads of it', async () => {
    const account = await newAccount(server, path)
    await Promise.all(five.map(() => guess(server, path, account, wrong, newAddress())))
    const right = account.secret
    expect((await guess(server, path, account, right, newAddress())).status).toBe(429)
    const unlock = ['unlock', '-u', account.name, '--data', server.running.authority.config.data]
    expect((await run(unlock)).status).toBe(0)
    expect((await guess(server, path, account, right, newAddress())).status).toBeLessThan(300)
    const [newest] = server.sql(
      "SELECT action FROM audit WHERE action = 'account_unlocked' ORDER BY sequence DESC LIMIT 1",
    )
    expect(newest).toEqual({ action: 'account_unlocked' })
  })
})

describe.each(loginPaths.filter(({ anyName }) => anyName))('one guess at each of many names, at $name', (path) => {
  const { refused = 401 } = path

  it('N-003 ends at the limit of the address, which all paths share', async () => {
    const [address, account] = [newAddress(), await newAccount(server, path)]
    const right = account.secret
    const spray = codePaths[0] ?? path
    const names = Array.from({ length: throttleLimits.address - 1 }, (_, i) => `${address}-${i}`)
    const sprayed = await Promise.all(
      names.map((name) => guess(server, spray, { ...account, name }, wrongSecret(spray), address)),
    )
    expect(new Set(sprayed.map(({ status }) => status))).toEqual(new Set([spray.refused ?? 401]))
    const wrong = wrongSecret(path)
    expect((await guess(server, path, { ...account, name: `somebody-${address}` }, wrong, address)).status).toBe(
      refused,
    )
    expect((await guess(server, path, account, right, address)).status).toBe(429)
    expect((await guess(server, path, account, right, newAddress())).status).toBeLessThan(300)
  })
})

describe('N-007 guesses at one user', () => {
  const people = loginPaths.filter(isUserPath)

  it.each(people)('add up over all paths, and are one too many at $name', async (last) => {
    const account = await newAccount(server, { of: 'password' })
    const at = people.indexOf(last)
    const others = five.map((step) => people[(at + step * 5) % people.length] ?? last)
    for (const path of others) {
      const { status } = await guess(server, path, account, wrongSecret(path), newAddress())
      expect({ at: path.name, status }).toEqual({ at: path.name, status: path.refused ?? 401 })
    }
    expect((await guess(server, last, account, wrongSecret(last), newAddress())).status).toBe(429)
  })
})

describe.each(loginPaths.filter((path) => isUserPath(path) && path.anyName))('names at $name', (path) => {
  const wrong = wrongSecret(path)

  it('N-006 count together however they are spelled, and no other spelling is the name', async () => {
    const account = await newAccount(server, path)
    const [name, right] = [account.name, account.secret]
    const wide = [...name].map((c) => (/[a-z]/.test(c) ? String.fromCharCode(c.charCodeAt(0) + 0xfee0) : c)).join('')
    const same = [name.toUpperCase(), `${name.charAt(0).toUpperCase()}${name.slice(1)}`, wide]
    const escaped = `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`
    const others = [`${name} `, ` ${name}`, `${name}\u0000`, escaped, name.replace('o', 'о'), `${name}\u200b`]
    for (const spelling of others) {
      const answer = await guess(server, path, { ...account, name: spelling }, right, newAddress())
      expect([400, 401]).toContain(answer.status)
    }
    for (const spelling of [...same, name, name]) {
      await guess(server, path, { ...account, name: spelling }, wrong, newAddress())
    }
    expect((await guess(server, path, account, right, newAddress())).status).toBe(429)
  })
})

describe('the address of the caller', () => {
  it('N-008 is the peer’s and not what a header says, unless a proxy is trusted', async () => {
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

  it('N-010 is still throttled after the server was started again, on every path', async () => {
    const data = mkdtempSync(join(tmpdir(), 'countersign-restart-'))
    onTestFinished(() => rmSync(data, { recursive: true, force: true }))
    const before = await startRecordedServer({ data, cheapHashes: true })
    const tried = await Promise.all(
      loginPaths.map(async (path) => {
        const [account, address] = [await newAccount(before, path), newAddress()]
        const guessIn = async (own: RecordedServer) =>
          (await guess(own, path, account, wrongSecret(path), address)).status
        const first = await Promise.all([1, 2, 3, 4].map(() => guessIn(before)))
        return { path, guessIn, first }
      }),
    )
    await before.close()
    const after = await startRecordedServer({ data, time: before.time, cheapHashes: true })
    onTestFinished(() => after.close())
    for (const { path, guessIn, first } of tried) {
      const statuses = [...first, await guessIn(after), await guessIn(after)]
      expect({ at: path.name, statuses }).toEqual({
        at: path.name,
        statuses: [...five.map(() => path.refused ?? 401), 429],
      })
    }
  })
})

describe('N-018 a Basic credential that cannot be one', () => {
  const encoded = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding).toString('base64')
  const password = 'colons: all : belong to it'
  beforeAll(() => server.user('colonel', 'viewer', password))

  /** As the contract says: by a scheme of its own, or as a client does (RFC 6749 §2.3.1). */
  const takingBasic = (Object.values(routes) as readonly Route[]).filter(
    ({ security, access }) => access.presented === 'client' || security.some((scheme) => /basic/i.test(scheme)),
  )
  it('can be sent to five operations', () => expect(takingBasic).toHaveLength(5))

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
    for (const { method, path, access } of takingBasic) {
      const body = access.presented === 'client' ? form({ token: 'x', grant_type: 'client_credentials' }) : undefined
      expect([400, 401]).toContain((await server.ask(method, path, { headers, body })).status)
    }
  })
})
