import { SeededRandom } from '@countersign/core/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { Argon2Hasher, type Argon2Options } from './argon2-hasher.ts'
import { readHash } from './phc.ts'

let alarms = 0
beforeEach(() => {
  alarms = 0
})
const hasher = (options: Partial<Argon2Options> = {}): Argon2Hasher =>
  new Argon2Hasher({
    memoryKib: 19_456,
    passes: 2,
    concurrency: 2,
    queue: 128,
    masterKey: new Uint8Array(32).fill(7),
    random: new SeededRandom(),
    onUnreadableHash: () => {
      alarms++
    },
    ...options,
  })

describe('password hashing', () => {
  it('writes Argon2id with its parameters and a salt of its own: the same password never gives the same hash', async () => {
    const argon2 = hasher()
    const [one, two] = await Promise.all([argon2.hash('correct horse'), argon2.hash('correct horse')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(two)
    expect(readHash(one ?? '')?.salt).toHaveLength(16)
    expect(await argon2.verify(['correct horse'], one)).toEqual({ matches: true, outdated: false })
    expect(await argon2.verify(['correct horsf'], one)).toEqual({ matches: false, outdated: false })
  })

  it('compares the whole password, past 72 bytes and past a NUL', async () => {
    const argon2 = hasher()
    const long = 'x'.repeat(72)
    expect((await argon2.verify([`${long}b`], await argon2.hash(`${long}a`))).matches).toBe(false)
    expect((await argon2.verify(['same\0b'], await argon2.hash('same\0a'))).matches).toBe(false)
  })

  it('takes 1,024 bytes, spaces, emoji and combining marks', async () => {
    const argon2 = hasher()
    for (const password of ['p'.repeat(1024), ' spaces at both ends ', '🦦🪪🔏', 'e\u0301']) {
      expect((await argon2.verify([password], await argon2.hash(password))).matches).toBe(true)
    }
  })

  it('says that a hash of weaker parameters is outdated, and still compares it', async () => {
    const old = await hasher({ memoryKib: 19_456 }).hash('correct horse')
    const now = hasher({ memoryKib: 20_000 })
    expect(await now.verify(['correct horse'], old)).toEqual({ matches: true, outdated: true })
    expect(await now.verify(['correct horse'], await now.hash('correct horse'))).toMatchObject({ outdated: false })
  })

  it('compares all spellings of a password in one turn, and a match of a later one is outdated', async () => {
    const argon2 = hasher({ concurrency: 1, queue: 0 })
    const stored = await argon2.hash('as it was sent')
    expect(await argon2.verify(['prepared', 'as it was sent'], stored)).toEqual({ matches: true, outdated: true })
    const both = argon2.verify(['prepared', 'another'], stored)
    await expect(argon2.verify(['as it was sent'], stored)).rejects.toMatchObject({ code: 'overloaded' })
    expect(await both).toEqual({ matches: false, outdated: false })
  })

  it('I9 matches no password when there is no hash, after the work of one', async () => {
    expect(await hasher().verify(['anything'], undefined)).toEqual({ matches: false, outdated: false })
    expect(alarms).toBe(0)
  })

  it.each([
    [
      'too much memory',
      '$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    ],
    [
      'too many passes',
      '$argon2id$v=19$m=19456,t=4000,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    ],
    [
      'less memory than lanes need',
      '$argon2id$v=19$m=8,t=1,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    ],
    ['another algorithm', '$2b$12$abcdefghijklmnopqrstuv'],
    ['nothing', ''],
  ])('answers a stored hash of %s with no match and an alarm', async (_what, stored) => {
    expect(await hasher().verify(['anything'], stored)).toEqual({ matches: false, outdated: false })
    expect(alarms).toBe(1)
  })

  it('S14 is peppered: under another master key no password matches', async () => {
    const stored = await hasher().hash('correct horse')
    const thief = hasher({ masterKey: new Uint8Array(32).fill(8) })
    expect((await thief.verify(['correct horse'], stored)).matches).toBe(false)
  })

  it('refuses a request that finds no place, and serves the others', async () => {
    const argon2 = hasher({ concurrency: 1, queue: 1 })
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => argon2.hash('correct horse')))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect((outcomes[2] as PromiseRejectedResult).reason).toMatchObject({ code: 'overloaded' })
  })

  it('makes the same tag of the same parts for good: what is stored today is compared after every upgrade', async () => {
    const stored = await hasher({ random: { bytes: (count) => new Uint8Array(count).fill(1) } }).hash('password')
    expect(readHash(stored)?.tag.toString('hex')).toMatchInlineSnapshot(
      `"075e3d7c8f66f9e9c0a76b6630a9f5b96c73f4ebd88ab5a7679f2e86e6cb03eb"`,
    )
  })
})
