import {
  digest,
  makeKeySet,
  nativeSessionPolicy,
  newSecret,
  openKeySet,
  writeHexToken,
  writeMachineToken,
} from '@countersign/core'
import { SeededRandom, testMasterKey } from '@countersign/core/testing'
import { describe, expect, it } from 'vitest'
import { goodPassword, wrongPassword } from './people.ts'
import { from, hexSessionPolicy, openTestIssuer, reveal, type TestIssuer } from './test-issuer.ts'

/** Database and WAL byte for byte as they lie on the disk, and every value of every row. */
function bytesKept(issuer: TestIssuer): readonly Buffer[] {
  const { files, values } = issuer.kept()
  return [...files, ...values]
}

/** Every part of a secret that would be of use to an attacker who finds it. */
function traces(secret: string): Buffer[] {
  const parts = secret.split('.')
  const body = secret.replace(/^cs_[a-z]+_/, '')
  const decoded = /^[0-9a-f]{64}$/.test(secret) ? Buffer.from(secret, 'hex') : Buffer.from(body, 'base64url')
  // Of a JWT the signature: header and claims are no secret. Of the rest the last 16 bytes too, where the MAC is.
  if (parts.length === 3)
    return [secret, parts[2] ?? ''].flatMap((it) => [Buffer.from(it), Buffer.from(it, 'base64url')])
  return [Buffer.from(secret), Buffer.from(body), decoded, decoded.subarray(-16)]
}

const window = 12
const firstThree = (bytes: Buffer, at: number): number => bytes.readUIntBE(at, 3)

/** Those of the traces that lie somewhere in these bytes: one pass over the bytes for all of them. */
function found(all: readonly Buffer[], files: readonly Buffer[]): Buffer[] {
  const byBeginning = new Map(all.map((trace) => [trace.toString('latin1', 0, window), trace]))
  const begins = new Uint8Array(2 ** 24)
  for (const trace of all) begins[firstThree(trace, 0)] = 1
  const hits: Buffer[] = []
  for (const file of files) {
    for (let at = 0; at + window <= file.length; at++) {
      if (begins[firstThree(file, at)] === 0) continue
      const trace = byBeginning.get(file.toString('latin1', at, at + window))
      if (trace?.equals(file.subarray(at, at + trace.length))) hits.push(trace)
    }
  }
  return hits
}

describe('I6 no plaintext secret is stored', () => {
  it('none of 10,000 tokens, secrets, passwords and retry keys is in a row, or in a file of the database', async () => {
    await using issuer = await openTestIssuer()
    const secrets: string[] = [goodPassword, wrongPassword]
    await issuer.addUser()
    const machines = [
      await issuer.addClient({ name: 'jwt' }),
      await issuer.addClient({ name: 'opaque', tokenForm: 'opaque' }),
    ]
    secrets.push(...machines.map(({ secret }) => reveal(secret)))
    for (let i = 0; i < 4000; i++) {
      for (const { client } of machines) secrets.push(reveal((await issuer.machineToken(client)).accessToken))
    }
    for (const policy of [nativeSessionPolicy, hexSessionPolicy]) {
      const by = { clientId: policy.clientId, dialect: policy.dialect }
      let set = await issuer.login('alice', policy)
      for (let i = 0; i < 500; i++) {
        const retryKey = newSecret('pat', issuer.random).reveal()
        secrets.push(reveal(set.refreshToken), reveal(set.accessToken), retryKey)
        set = await issuer.refresh(reveal(set.refreshToken), { by, retryKey })
      }
      secrets.push(reveal(issuer.useCases.accessTokens.issueCookie(set.authorization.id)))
    }
    const guesses = { username: 'typed in the wrong field', password: wrongPassword }
    await expect(issuer.useCases.login.authenticate(guesses, from('192.0.2.9'))).rejects.toBeDefined()
    secrets.push(guesses.username)
    for (let i = 0; i < 3; i++) await issuer.rotateKeys()
    const kept = bytesKept(issuer)
    expect(secrets.length).toBeGreaterThan(10_000)
    const searched = secrets.flatMap(traces)
    expect(Math.min(...searched.map((trace) => trace.length))).toBeGreaterThanOrEqual(window)
    expect(found(searched, kept)).toEqual([])
  })

  it('neither are the keys, nor anything that they are derived from', async () => {
    await using issuer = await openTestIssuer()
    await issuer.rotateKeys()
    const purposes = ['machine access', 'hex access', 'hex refresh', 'session cookie', 'jwt refresh', 'cursor'] as const
    const keys = issuer.ring.sets.flatMap((set) => [
      Buffer.from(`${set.privateKey.export({ format: 'jwk' }).d}`, 'base64url'),
      ...purposes.map((purpose) => Buffer.from(set.secret(purpose).export())),
    ])
    const kept = bytesKept(issuer)
    for (const key of [...keys, Buffer.from(testMasterKey)]) {
      for (const spelled of [
        key,
        Buffer.from(key.toString('hex')),
        Buffer.from(key.toString('base64url')),
        Buffer.from(key.toString('base64')),
      ]) {
        expect(kept.some((file) => file.includes(spelled))).toBe(false)
      }
    }
  })

  it('the search finds what is there, in the files and in the rows: digests and public keys', async () => {
    await using issuer = await openTestIssuer()
    const { secret } = await issuer.addClient()
    const [set] = issuer.ring.sets
    const there = [Buffer.from(digest(reveal(secret))), Buffer.from(`${set?.publicJwk.x}`)]
    const { files, values } = issuer.kept()
    for (const kept of [files, values]) expect(new Set(found(there, kept))).toEqual(new Set(there))
  })

  it('N-218 a whole copy of the database yields no token without the master key', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    const { client } = await issuer.addClient({ tokenForm: 'opaque' })
    const machine = (await issuer.machineToken(client)).authorization
    const session = (await issuer.login('alice', hexSessionPolicy)).authorization
    const [stored] = await issuer.store.keys.list()
    if (!stored) return expect.fail('there is a key set')
    const thief = { masterKey: new SeededRandom('thief').bytes(32), random: new SeededRandom('thief') }
    expect(() => openKeySet(stored, thief.masterKey)).toThrow('wrong master key')
    // All that is left is to make keys of the same number, and tokens of what the rows say.
    const keys = openKeySet(makeKeySet(stored, thief.masterKey, thief.random), thief.masterKey)
    const issuedAt = issuer.clock.now()
    const access = [
      writeHexToken(keys, 'hex access', { authorizationId: session.id, generation: session.generation }),
      writeMachineToken(keys, { authorizationId: machine.id, issuedAt, lifetimeSeconds: 3600, serial: 1 }),
    ]
    const refresh = writeHexToken(keys, 'hex refresh', { authorizationId: session.id, generation: session.generation })
    for (const token of access) expect(await issuer.accepts(token)).toBe(false)
    const by = { clientId: session.clientId, dialect: session.dialect }
    await expect(issuer.refresh(refresh, { by })).rejects.toMatchObject({ code: 'grant_invalid' })
    // The very same calls under the real keys do make tokens: the master key is all that the thief lacked.
    const real = writeHexToken(issuer.ring.current(issuedAt), 'hex access', {
      authorizationId: session.id,
      generation: 0,
    })
    expect(await issuer.accepts(real)).toBe(true)
  })
})
