import {
  KeyNumbersError,
  makeKeySet,
  nativeSessionPolicy,
  publishBeforeUseSeconds,
  type TokenSet,
} from '@countersign/core'
import { testMasterKey } from '@countersign/core/testing'
import { describe, expect, it } from 'vitest'
import { here, hexSessionPolicy, openTestIssuer, reveal, type TestIssuer } from './test-issuer.ts'

const aKey = 'k'.repeat(22)

async function withAlice() {
  const issuer = await openTestIssuer()
  await issuer.addUser()
  return issuer
}

const signer = (issuer: TestIssuer) => issuer.ring.current(issuer.clock.latest())
const kidOf = (set: TokenSet) => {
  const [head = ''] = reveal(set.accessToken).split('.')
  return JSON.parse(Buffer.from(head, 'base64url').toString()).kid
}

describe('rotating keys', () => {
  it('publishes the new set at once and uses it six minutes later', async () => {
    await using issuer = await withAlice()
    const old = signer(issuer)
    const next = await issuer.rotateKeys()
    expect(issuer.ring.published(issuer.clock.latest()).map((jwk) => jwk.kid)).toEqual([old.kid, next.kid])
    issuer.clock.advance(publishBeforeUseSeconds - 1)
    expect(kidOf(await issuer.login())).toBe(old.kid)
    issuer.clock.advance(1)
    expect(kidOf(await issuer.login())).toBe(next.kid)
  })

  it('fails no token: each lives to its own end over 60 rotations', async () => {
    await using issuer = await withAlice()
    const { client } = await issuer.addClient({ tokenForm: 'opaque' })
    const { client: signed } = await issuer.addClient({ name: 'signed' })
    const alive: { text: string; endsAt: number }[] = []
    let sessions = [await issuer.login(), await issuer.login('alice', hexSessionPolicy)]
    for (let round = 0; round < 60; round++) {
      await issuer.rotateKeys()
      issuer.clock.advance(100)
      const machine = [await issuer.machineToken(client), await issuer.machineToken(signed)]
      sessions = await Promise.all(
        sessions.map(({ refreshToken, authorization: { clientId, dialect } }) =>
          issuer.refresh(reveal(refreshToken), { by: { clientId, dialect } }),
        ),
      )
      const issued = [...machine, ...sessions.filter((set) => set.authorization.accessForm === 'jwt')]
      for (const set of issued) {
        alive.push({ text: reveal(set.accessToken), endsAt: issuer.clock.now() + set.expiresInSeconds })
      }
      for (const { text, endsAt } of alive) {
        if ((await issuer.accepts(text)) !== issuer.clock.now() < endsAt) expect.fail(`round ${round}: ${text}`)
      }
    }
    expect(alive.length).toBe(180)
    expect(
      new Set(alive.filter((it) => it.text.startsWith('ey')).map((it) => it.text.split('.')[0])).size,
    ).toBeGreaterThan(50)
  })

  it('a server that has not heard of the new set for six minutes misses nothing', async () => {
    await using issuer = await withAlice()
    await using late = await issuer.another()
    const before = issuer.ring
    await issuer.rotateKeys()
    issuer.clock.advance(publishBeforeUseSeconds - 1)
    const set = await issuer.login()
    expect(before.forSignature(kidOf(set), issuer.clock.latest())).toBeDefined()
    expect(await issuer.accepts(reveal(set.accessToken), late)).toBe(true)
  })

  it.each([nativeSessionPolicy, hexSessionPolicy])(
    'a retry is answered with the same refresh token across a rotation, $accessForm',
    async (policy) => {
      await using issuer = await openTestIssuer({ policy: { retryWindowSeconds: 600 } })
      await issuer.addUser()
      const by = { clientId: policy.clientId, dialect: policy.dialect }
      const r0 = reveal((await issuer.login('alice', policy)).refreshToken)
      const next = await issuer.refresh(r0, { by, retryKey: aKey })
      await issuer.rotateKeys()
      issuer.clock.advance(publishBeforeUseSeconds)
      const again = await issuer.refresh(r0, { by, retryKey: aKey })
      expect(reveal(again.refreshToken)).toBe(reveal(next.refreshToken))
      const last = await issuer.refresh(reveal(again.refreshToken), { by })
      expect(last.authorization.refreshKeyNumber).toBe(2)
    },
  )

  it('after the clock was stepped back it ends nothing that lives', async () => {
    await using issuer = await withAlice()
    const set = await issuer.login()
    issuer.clock.stepBack(40 * 86_400)
    await issuer.rotateKeys()
    expect(await issuer.accepts(reveal(set.accessToken))).toBe(true)
    await issuer.rotateKeys()
    expect((await issuer.store.keys.list()).length).toBe(3)
    issuer.clock.advance(40 * 86_400)
    expect((await issuer.refresh(reveal(set.refreshToken))).authorization.generation).toBe(1)
  })

  it('a clock stepped back does not make a superseded set sign again', async () => {
    await using issuer = await withAlice()
    await issuer.rotateKeys()
    issuer.clock.advance(publishBeforeUseSeconds)
    issuer.clock.stepBack(publishBeforeUseSeconds)
    const { accessToken, authorization } = await issuer.login()
    const header = JSON.parse(Buffer.from(reveal(accessToken).split('.')[0] ?? '', 'base64url').toString())
    expect([header.kid, authorization.refreshKeyNumber]).toEqual([signer(issuer).kid, 2])
  })

  it('a retired set verifies nothing any more', async () => {
    await using issuer = await withAlice()
    const old = await issuer.login()
    const retired = signer(issuer)
    await issuer.rotateKeys()
    issuer.clock.advance(publishBeforeUseSeconds + 3600)
    expect(issuer.ring.forSignature(retired.kid, issuer.clock.latest())).toBeUndefined()
    expect((await issuer.useCases.accessTokens.check(reveal(old.accessToken))).outcome).toBe('invalid')
    expect(issuer.ring.published(issuer.clock.latest()).map((jwk) => jwk.kid)).not.toContain(retired.kid)
  })

  it('removes what verifies nothing more, so that numbers are reused and never run out', async () => {
    await using issuer = await openTestIssuer({ retention: { longestAccessSeconds: 600, longestRefreshSeconds: 1200 } })
    for (let i = 0; i < 260; i++) {
      issuer.clock.advance(600)
      const { number } = await issuer.useCases.keys.rotate('EdDSA', here)
      expect(number).toBe(((i + 1) % 255) + 1)
    }
    expect((await issuer.store.keys.list()).length).toBeLessThan(6)
  })

  it('refuses a rotation when all 255 numbers are in use, and continues to work', async () => {
    await using issuer = await withAlice()
    const now = issuer.clock.now()
    for (let number = 2; number <= 255; number++) {
      const given = { number, algorithm: 'EdDSA', createdAt: now, activatesAt: now } as const
      const set = makeKeySet(given, testMasterKey, issuer.random)
      await issuer.store.keys.add({ set, after: number - 1, removing: [] }, { at: now, action: 'keys_rotated' })
    }
    await expect(issuer.rotateKeys()).rejects.toBeInstanceOf(KeyNumbersError)
    await issuer.reloadKeys()
    expect(await issuer.accepts(reveal((await issuer.login()).accessToken))).toBe(true)
    const sets = await issuer.store.keys.list()
    expect(sets.length).toBe(255)
    // As its message advises.
    await issuer.revokeKeys(sets[0]?.kid ?? '')
    expect((await issuer.rotateKeys()).number).toBe(sets[0]?.number)
  })

  it('N-516 keeps a revoked set in the list for as long as what was made under it could have lived', async () => {
    await using issuer = await withAlice()
    const { kid } = signer(issuer)
    await issuer.revokeKeys(kid)
    const listed = async () => (await issuer.store.keys.list()).map((set) => set.kid)
    await issuer.rotateKeys()
    issuer.clock.advance(issuer.keyDeps.retention.longestRefreshSeconds - 1)
    await issuer.rotateKeys()
    expect(await listed()).toContain(kid)
    issuer.clock.advance(1)
    await issuer.rotateKeys()
    expect(await listed()).not.toContain(kid)
  })

  it('twice at once makes one set or two in a row, never two that sign', async () => {
    await using issuer = await withAlice()
    const results = await Promise.allSettled([issuer.rotateKeys(), issuer.rotateKeys(), issuer.rotateKeys()])
    const lost = results.filter((it) => it.status === 'rejected')
    for (const it of lost) expect(it.reason).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
    await issuer.reloadKeys()
    expect(issuer.ring.sets.filter((set) => set.supersededAt === undefined).length).toBe(1)
    expect(issuer.ring.sets.length).toBe(4 - lost.length)
  })
})

describe('revoking keys in an emergency', () => {
  it('ends at once whatever was made under them, and a successor signs at once', async () => {
    await using issuer = await withAlice()
    const sets = [await issuer.login(), await issuer.login('alice', hexSessionPolicy)]
    await issuer.revokeKeys(signer(issuer).kid)
    for (const { accessToken, refreshToken, authorization } of sets) {
      expect(await issuer.accepts(reveal(accessToken))).toBe(false)
      const by = { clientId: authorization.clientId, dialect: authorization.dialect }
      await expect(issuer.refresh(reveal(refreshToken), { by })).rejects.toMatchObject({ code: 'grant_invalid' })
    }
    const fresh = await issuer.login()
    expect(await issuer.accepts(reveal(fresh.accessToken))).toBe(true)
    expect(issuer.ring.published(issuer.clock.latest()).map((jwk) => jwk.kid)).toEqual([signer(issuer).kid])
  })

  it('leaves an issuer whose new tokens live, though older sets are still kept', async () => {
    for (const days of [0, 1, 20]) {
      await using issuer = await withAlice()
      await issuer.rotateKeys()
      issuer.clock.advance(publishBeforeUseSeconds + days * 86_400)
      await issuer.revokeKeys(signer(issuer).kid)
      const set = await issuer.login()
      issuer.clock.advance(599)
      expect(await issuer.accepts(reveal(set.accessToken))).toBe(true)
      expect((await issuer.refresh(reveal(set.refreshToken))).authorization.generation).toBe(1)
    }
  })

  it('uses the coming set early, if there is one', async () => {
    await using issuer = await withAlice()
    const next = await issuer.rotateKeys()
    await issuer.revokeKeys(signer(issuer).kid)
    expect(issuer.ring.sets.length).toBe(2)
    expect(kidOf(await issuer.login())).toBe(next.kid)
  })

  it('of the coming set makes another: the active one is not kept on past its time', async () => {
    await using issuer = await withAlice()
    const next = await issuer.rotateKeys()
    await issuer.revokeKeys(next.kid)
    for (const seconds of [0, publishBeforeUseSeconds, 4000]) {
      issuer.clock.advance(seconds)
      const set = await issuer.login()
      issuer.clock.advance(599)
      expect(await issuer.accepts(reveal(set.accessToken))).toBe(true)
    }
  })

  it('rotating afterwards publishes before use again', async () => {
    await using issuer = await withAlice()
    await issuer.revokeKeys(signer(issuer).kid)
    const active = signer(issuer)
    const next = await issuer.rotateKeys()
    expect(next.activatesAt).toBe(issuer.clock.now() + publishBeforeUseSeconds)
    expect(signer(issuer).kid).toBe(active.kid)
  })

  it('N-515 of all sets at once ends whatever was made under any of them, and one successor signs at once', async () => {
    await using issuer = await withAlice()
    const tokens = [await issuer.login()]
    await issuer.rotateKeys()
    issuer.clock.advance(publishBeforeUseSeconds)
    tokens.push(await issuer.login(), await issuer.login('alice', hexSessionPolicy))
    await issuer.rotateKeys()
    const { revoked, successor } = await issuer.revokeAllKeys()
    expect(revoked).toHaveLength(3)
    for (const { accessToken } of tokens) expect(await issuer.accepts(reveal(accessToken))).toBe(false)
    const fresh = await issuer.login()
    expect(kidOf(fresh)).toBe(successor.kid)
    issuer.clock.advance(599)
    expect(await issuer.accepts(reveal(fresh.accessToken))).toBe(true)
    expect(issuer.ring.published(issuer.clock.latest()).map((jwk) => jwk.kid)).toEqual([successor.kid])
    const actions = (await issuer.store.audit.list({ limit: 9 })).map(({ action }) => action)
    expect(actions.filter((action) => action === 'key_revoked')).toHaveLength(3)
  })

  it('is refused for unknown and revoked ones, and makes no set', async () => {
    await using issuer = await withAlice()
    const { kid } = signer(issuer)
    await issuer.revokeKeys(kid)
    for (const other of [kid, 'unknown', '']) {
      await expect(issuer.revokeKeys(other)).rejects.toMatchObject({ code: 'not_found' })
    }
    expect((await issuer.store.keys.list()).length).toBe(2)
    const actions = (await issuer.store.audit.list({ limit: 2 })).map((entry) => entry.action)
    expect(actions).toEqual(['key_revoked', 'keys_rotated'])
  })

  it('what is published has no private member, over all sets', async () => {
    await using issuer = await withAlice()
    for (let i = 0; i < 5; i++) await issuer.rotateKeys()
    const published = issuer.ring.published(issuer.clock.latest())
    expect(new Set(published.map((jwk) => jwk.kid)).size).toBe(6)
    for (const jwk of published) expect(Object.keys(jwk)).toEqual(['kty', 'crv', 'x', 'y', 'kid', 'use', 'alg'])
  })
})

it('another process learns of a revocation by reading the revision', async () => {
  await using issuer = await withAlice()
  const token = reveal((await issuer.login()).accessToken)
  const before = await issuer.store.keys.revision()
  await issuer.revokeKeys(signer(issuer).kid)
  expect(await issuer.store.keys.revision()).not.toBe(before)
  await using other = await issuer.another()
  expect(await issuer.accepts(token, other)).toBe(false)
  expect(await other.introspect.inspect(token, (await issuer.addClient()).client)).toEqual({ active: false })
  await expect(other.revocation.revokeToken({ token, clientId: 'countersign' }, here)).resolves.toBeUndefined()
})
