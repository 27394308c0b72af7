import { observeUnits } from '@countersign/store/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type CryptoTap, tapCrypto } from '../crypto-tap.ts'
import { type RecordedServer, startRecordedServer } from '../recorded-server.ts'
import type { Account, LoginPath } from './login-path.ts'
import { appearance, guess, isUserPath, loginPaths, newAccount, newAddress, wrongSecret } from './login-paths.ts'

let server: RecordedServer
let observer: ReturnType<typeof observeUnits>
let crypto: CryptoTap
beforeAll(async () => {
  observer = observeUnits()
  crypto = tapCrypto()
  // What comes round by itself would be counted with what is asked.
  vi.useFakeTimers({ toFake: ['setInterval'] })
  server = await startRecordedServer({ cheapHashes: true, alone: true })
})
afterAll(async () => {
  await server.close()
  observer[Symbol.dispose]()
  crypto[Symbol.dispose]()
  vi.useRealTimers()
})

/** What takes time: were it not the same, no rounding of an answer could hide who exists (N-014). */
interface Work {
  readonly hashes: number
  readonly reads: number
  /** Of the reads, those whose answer was known. */
  readonly known: number
  readonly writes: number
  readonly commits: number
  /** Units that changed a row: a commit without one waits for no disk. */
  readonly changes: number
  readonly crypto: CryptoTap['calls']
}

/** Answers a guess, and tells what it cost. */
async function observed(path: LoginPath, account: Account, secret: string, address: string) {
  const { store, domain } = server.running.authority
  const [verify, hash] = [vi.spyOn(domain.hasher, 'verify'), vi.spyOn(domain.hasher, 'hash')]
  observer.clear()
  crypto.clear()
  const before = store.statistics()
  const answer = await guess(server, path, account, secret, address)
  const after = store.statistics()
  const hashes = verify.mock.calls.length + hash.mock.calls.length
  verify.mockRestore()
  hash.mockRestore()
  const work: Work = {
    hashes,
    reads: after.reads - before.reads,
    known: after.known - before.known,
    writes: after.writes - before.writes,
    commits: after.commits - before.commits,
    changes: observer.units.length,
    crypto: { ...crypto.calls },
  }
  return { answer: appearance(answer), work }
}

const unknownIn = (path: LoginPath, account: Account): Account => ({
  ...account,
  name: isUserPath(path) ? `nobody-${newAddress()}` : 'f'.repeat(22),
})

/** Accounts that are refused with any credential: the response must be the same as for an unknown account. */
const conditions: readonly (readonly [string, LoginPath['of'][], string])[] = [
  [
    'disabled',
    ['password', 'code', 'password and code', 'recovery code'],
    'UPDATE users SET disabled_at = 1, version = version + 1',
  ],
  ['without a password', ['password', 'password and code'], 'UPDATE users SET password_hash = NULL'],
  ['who must show a code only', ['password'], `UPDATE users SET version = version + 1, required_factors = '["totp"]'`],
  [
    'who must show both',
    ['password', 'code', 'recovery code'],
    `UPDATE users SET version = version + 1, required_factors = '["password","totp"]'`,
  ],
  ['with no secret that a code could come from', ['code', 'password and code'], 'DELETE FROM enrolments'],
  ['with no codes left', ['recovery code'], 'DELETE FROM recovery_codes'],
]

const anyName = loginPaths.filter((path) => path.anyName)

describe.each(anyName)('a guess at $name', (path) => {
  const wrong = wrongSecret(path)

  it('N-014 looks and costs the same for a name that exists, for none, and for what cannot be a name', async () => {
    const known = await newAccount(server, path)
    const unknown = unknownIn(path, known)
    const impossible = { ...known, name: `no name is spelled  ${newAddress()}` }
    const seen: Awaited<ReturnType<typeof observed>>[][] = []
    for (const account of [known, unknown, impossible]) {
      const address = newAddress()
      const costs: (typeof seen)[number] = []
      // The first ones, the last that is free, and those that are not judged any more.
      for (let i = 0; i < 7; i++) costs.push(await observed(path, account, wrong, address))
      seen.push(costs)
    }
    for (const other of seen) expect(other).toEqual(seen[0])
    const works = seen[0]?.map(({ work }) => work)
    expect(works?.[0]?.hashes).toBe(path.of.startsWith('password') ? 1 : 0)
    expect(works?.[6]?.hashes).toBe(0)
  })

  it.each(conditions.filter(([, of]) => of.includes(path.of)))(
    'N-014 N-015 looks and costs the same for a user %s, with the right secret too',
    async (_who, _of, sql) => {
      const account = await newAccount(server, path)
      const right = account.secret
      const table = sql.startsWith('UPDATE') ? 'username = ?' : 'user_id = (SELECT id FROM users WHERE username = ?)'
      server.sql(`${sql} WHERE ${table}`, account.name)
      const absent = unknownIn(path, account)
      for (const secret of [wrong, right]) {
        const [one, other] = [
          await observed(path, account, secret, newAddress()),
          await observed(path, absent, secret, newAddress()),
        ]
        expect(one).toEqual(other)
      }
    },
  )
})

describe.each(anyName.filter(isUserPath))('the sixth guess at $name', (path) => {
  it('N-014 N-015 looks and costs the same for a locked-out account, also with the right secret', async () => {
    const account = await newAccount(server, path)
    const absent = unknownIn(path, account)
    const right = account.secret
    for (const one of [account, absent]) {
      await Promise.all([1, 2, 3, 4, 5].map(() => guess(server, path, one, wrongSecret(path), newAddress())))
    }
    const [locked, unknown] = [
      await observed(path, account, right, newAddress()),
      await observed(path, absent, right, newAddress()),
    ]
    expect(locked).toEqual(unknown)
    expect(locked.work.hashes).toBe(0)
  })
})

describe.each(anyName.filter((path) => !isUserPath(path)))('a client at $name', (path) => {
  it('N-014 N-015 N-109 looks and costs the same if it is disabled or unknown, or shows a revoked secret or another client’s', async () => {
    const [disabled, revoked, other] = [
      await newAccount(server, path),
      await newAccount(server, path),
      await newAccount(server, path),
    ]
    server.sql('UPDATE clients SET disabled_at = 1 WHERE id = ?', disabled.name)
    server.sql('UPDATE client_credentials SET revoked_at = 1 WHERE client_id = ?', revoked.name)
    const attempts = [
      [disabled, disabled.secret],
      [revoked, revoked.secret],
      [revoked, other.secret],
      [unknownIn(path, disabled), disabled.secret],
      [unknownIn(path, disabled), other.secret],
    ] as const
    const seen = []
    for (const [account, secret] of attempts) {
      // What an attempt before has asked is not known any more.
      server.sql('UPDATE clients SET created_at = created_at + 1 WHERE id = ?', other.name)
      seen.push(await observed(path, account, secret, newAddress()))
    }
    for (const one of seen) expect(one).toEqual(seen[0])
  })
})
