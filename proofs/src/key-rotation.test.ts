import {
  KeyNumbersError,
  makeKeySet,
  nativeSessionPolicy,
  publishBeforeUseSeconds,
  type TokenSet,
} from '@countersign/core'
import { testMasterKey } from '@countersign/core/testing'
import { describe, expect, it } from 'vitest'
import { here, hexSessionPolicy, openWorld, reveal, type World } from './world.ts'

const aKey = 'k'.repeat(22)

async function withAlice() {
  const world = await openWorld()
  await world.addUser()
  return world
}

const signer = (world: World) => world.ring.current(world.clock.latest())
const kidOf = (set: TokenSet) => {
  const [head = ''] = reveal(set.accessToken).split('.')
  return JSON.parse(Buffer.from(head, 'base64url').toString()).kid
}

describe('rotating keys', () => {
  it('N-096 publishes the new set at once and uses it six minutes later', async () => {
    await using world = await withAlice()
    const old = signer(world)
    const next = await world.rotateKeys()
    expect(world.ring.published(world.clock.latest()).map((jwk) => jwk.kid)).toEqual([old.kid, next.kid])
    world.clock.advance(publishBeforeUseSeconds - 1)
    expect(kidOf(await world.login())).toBe(old.kid)
    world.clock.advance(1)
    expect(kidOf(await world.login())).toBe(next.kid)
  })

  it('N-096 fails no token: each lives to its own end over 60 rotations', async () => {
    await using world = await withAlice()
    const { client } = await world.addClient({ tokenForm: 'opaque' })
    const { client: signed } = await world.addClient({ name: 'signed' })
    const alive: { text: string; endsAt: number }[] = []
    let sessions = [await world.login(), await world.login('alice', hexSessionPolicy)]
    for (let round = 0; round < 60; round++) {
      await world.rotateKeys()
      world.clock.advance(100)
      const machine = [await world.machineToken(client), await world.machineToken(signed)]
      sessions = await Promise.all(
        sessions.map(({ refreshToken, authorization: { clientId, dialect } }) =>
          world.refresh(reveal(refreshToken), { by: { clientId, dialect } }),
        ),
      )
      const issued = [...machine, ...sessions.filter((set) => set.authorization.accessForm === 'jwt')]
      for (const set of issued) {
        alive.push({ text: reveal(set.accessToken), endsAt: world.clock.now() + set.expiresInSeconds })
      }
      for (const { text, endsAt } of alive) {
        if ((await world.accepts(text)) !== world.clock.now() < endsAt) expect.fail(`round ${round}: ${text}`)
      }
    }
    expect(alive.length).toBe(180)
    expect(
      new Set(alive.filter((it) => it.text.startsWith('ey')).map((it) => it.text.split('.')[0])).size,
    ).toBeGreaterThan(50)
  })

  it('N-096 a server that has not heard of the new set for six minutes misses nothing', async () => {
    await using world = await withAlice()
    await using late = await world.another()
    const before = world.ring
    await world.rotateKeys()
    world.clock.advance(publishBeforeUseSeconds - 1)
    const set = await world.login()
    expect(before.forSignature(kidOf(set), world.clock.latest())).toBeDefined()
    expect(await world.accepts(reveal(set.accessToken), late)).toBe(true)
  })

  it.each([nativeSessionPolicy, hexSessionPolicy])(
    'N-056 a retry is answered with the same refresh token across a rotation, $accessForm',
    async (policy) => {
      await using world = await openWorld({ policy: { retryWindowSeconds: 600 } })
      await world.addUser()
      const by = { clientId: policy.clientId, dialect: policy.dialect }
      const r0 = reveal((await world.login('alice', policy)).refreshToken)
      const next = await world.refresh(r0, { by, retryKey: aKey })
      await world.rotateKeys()
      world.clock.advance(publishBeforeUseSeconds)
      const again = await world.refresh(r0, { by, retryKey: aKey })
      expect(reveal(again.refreshToken)).toBe(reveal(next.refreshToken))
      const last = await world.refresh(reveal(again.refreshToken), { by })
      expect(last.authorization.refreshKeyNumber).toBe(2)
    },
  )

  it('N-248 after the clock was stepped back it ends nothing that lives', async () => {
    await using world = await withAlice()
    const set = await world.login()
    world.clock.stepBack(40 * 86_400)
    await world.rotateKeys()
    expect(await world.accepts(reveal(set.accessToken))).toBe(true)
    await world.rotateKeys()
    expect((await world.store.keys.list()).length).toBe(3)
    world.clock.advance(40 * 86_400)
    expect((await world.refresh(reveal(set.refreshToken))).authorization.generation).toBe(1)
  })

  it('N-437 a clock stepped back does not make a superseded set sign again', async () => {
    await using world = await withAlice()
    await world.rotateKeys()
    world.clock.advance(publishBeforeUseSeconds)
    world.clock.stepBack(publishBeforeUseSeconds)
    const { accessToken, authorization } = await world.login()
    const header = JSON.parse(Buffer.from(reveal(accessToken).split('.')[0] ?? '', 'base64url').toString())
    expect([header.kid, authorization.refreshKeyNumber]).toEqual([signer(world).kid, 2])
  })

  it('N-093 a retired set verifies nothing any more', async () => {
    await using world = await withAlice()
    const old = await world.login()
    const retired = signer(world)
    await world.rotateKeys()
    world.clock.advance(publishBeforeUseSeconds + 3600)
    expect(world.ring.forSignature(retired.kid, world.clock.latest())).toBeUndefined()
    expect((await world.useCases.accessTokens.check(reveal(old.accessToken))).outcome).toBe('invalid')
    expect(world.ring.published(world.clock.latest()).map((jwk) => jwk.kid)).not.toContain(retired.kid)
  })

  it('removes what is dead, so that numbers come up again and never run out', async () => {
    await using world = await openWorld({ retention: { longestAccessSeconds: 600, longestRefreshSeconds: 1200 } })
    for (let i = 0; i < 260; i++) {
      world.clock.advance(600)
      const { number } = await world.useCases.keys.rotate('EdDSA', here)
      expect(number).toBe(((i + 1) % 255) + 1)
    }
    expect((await world.store.keys.list()).length).toBeLessThan(6)
  })

  it('refuses a rotation when all 255 numbers are in use, and goes on working', async () => {
    await using world = await withAlice()
    const now = world.clock.now()
    for (let number = 2; number <= 255; number++) {
      const given = { number, algorithm: 'EdDSA', createdAt: now, activatesAt: now } as const
      const set = makeKeySet(given, testMasterKey, world.random)
      await world.store.keys.add({ set, after: number - 1, removing: [] }, { at: now, action: 'keys_rotated' })
    }
    await expect(world.rotateKeys()).rejects.toBeInstanceOf(KeyNumbersError)
    await world.reloadKeys()
    expect(await world.accepts(reveal((await world.login()).accessToken))).toBe(true)
    const sets = await world.store.keys.list()
    expect(sets.length).toBe(255)
    // As its message advises.
    await world.revokeKeys(sets[0]?.kid ?? '')
    expect((await world.rotateKeys()).number).toBe(sets[0]?.number)
  })

  it('N-516 keeps a revoked set in the list for as long as what was made under it could have lived', async () => {
    await using world = await withAlice()
    const { kid } = signer(world)
    await world.revokeKeys(kid)
    const listed = async () => (await world.store.keys.list()).map((set) => set.kid)
    await world.rotateKeys()
    world.clock.advance(world.keyDeps.retention.longestRefreshSeconds - 1)
    await world.rotateKeys()
    expect(await listed()).toContain(kid)
    world.clock.advance(1)
    await world.rotateKeys()
    expect(await listed()).not.toContain(kid)
  })

  it('N-099 twice at once makes one set or two in a row, never two that sign', async () => {
    await using world = await withAlice()
    const results = await Promise.allSettled([world.rotateKeys(), world.rotateKeys(), world.rotateKeys()])
    const lost = results.filter((it) => it.status === 'rejected')
    for (const it of lost) expect(it.reason).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
    await world.reloadKeys()
    expect(world.ring.sets.filter((set) => set.supersededAt === undefined).length).toBe(1)
    expect(world.ring.sets.length).toBe(4 - lost.length)
  })
})

describe('revoking keys in an emergency', () => {
  it('N-097 ends at once whatever was made under them, and a successor signs at once', async () => {
    await using world = await withAlice()
    const sets = [await world.login(), await world.login('alice', hexSessionPolicy)]
    await world.revokeKeys(signer(world).kid)
    for (const { accessToken, refreshToken, authorization } of sets) {
      expect(await world.accepts(reveal(accessToken))).toBe(false)
      const by = { clientId: authorization.clientId, dialect: authorization.dialect }
      await expect(world.refresh(reveal(refreshToken), { by })).rejects.toMatchObject({ code: 'grant_invalid' })
    }
    const fresh = await world.login()
    expect(await world.accepts(reveal(fresh.accessToken))).toBe(true)
    expect(world.ring.published(world.clock.latest()).map((jwk) => jwk.kid)).toEqual([signer(world).kid])
  })

  it('N-097 leaves an issuer whose new tokens live, though older sets are still kept', async () => {
    for (const days of [0, 1, 20]) {
      await using world = await withAlice()
      await world.rotateKeys()
      world.clock.advance(publishBeforeUseSeconds + days * 86_400)
      await world.revokeKeys(signer(world).kid)
      const set = await world.login()
      world.clock.advance(599)
      expect(await world.accepts(reveal(set.accessToken))).toBe(true)
      expect((await world.refresh(reveal(set.refreshToken))).authorization.generation).toBe(1)
    }
  })

  it('N-097 uses the coming set early, if there is one', async () => {
    await using world = await withAlice()
    const next = await world.rotateKeys()
    await world.revokeKeys(signer(world).kid)
    expect(world.ring.sets.length).toBe(2)
    expect(kidOf(await world.login())).toBe(next.kid)
  })

  it('N-097 of the coming set makes another: the active one is not kept on past its time', async () => {
    await using world = await withAlice()
    const next = await world.rotateKeys()
    await world.revokeKeys(next.kid)
    for (const seconds of [0, publishBeforeUseSeconds, 4000]) {
      world.clock.advance(seconds)
      const set = await world.login()
      world.clock.advance(599)
      expect(await world.accepts(reveal(set.accessToken))).toBe(true)
    }
  })

  it('N-097 rotating afterwards publishes before use again', async () => {
    await using world = await withAlice()
    await world.revokeKeys(signer(world).kid)
    const active = signer(world)
    const next = await world.rotateKeys()
    expect(next.activatesAt).toBe(world.clock.now() + publishBeforeUseSeconds)
    expect(signer(world).kid).toBe(active.kid)
  })

  it('N-515 of all sets at once ends whatever was made under any of them, and one successor signs at once', async () => {
    await using world = await withAlice()
    const tokens = [await world.login()]
    await world.rotateKeys()
    world.clock.advance(publishBeforeUseSeconds)
    tokens.push(await world.login(), await world.login('alice', hexSessionPolicy))
    await world.rotateKeys()
    const { revoked, successor } = await world.revokeAllKeys()
    expect(revoked).toHaveLength(3)
    for (const { accessToken } of tokens) expect(await world.accepts(reveal(accessToken))).toBe(false)
    const fresh = await world.login()
    expect(kidOf(fresh)).toBe(successor.kid)
    world.clock.advance(599)
    expect(await world.accepts(reveal(fresh.accessToken))).toBe(true)
    expect(world.ring.published(world.clock.latest()).map((jwk) => jwk.kid)).toEqual([successor.kid])
    const actions = (await world.store.audit.list({ limit: 9 })).map(({ action }) => action)
    expect(actions.filter((action) => action === 'key_revoked')).toHaveLength(3)
  })

  it('N-097 is refused for unknown and revoked ones, and makes no set in vain', async () => {
    await using world = await withAlice()
    const { kid } = signer(world)
    await world.revokeKeys(kid)
    for (const other of [kid, 'unknown', '']) {
      await expect(world.revokeKeys(other)).rejects.toMatchObject({ code: 'not_found' })
    }
    expect((await world.store.keys.list()).length).toBe(2)
    const actions = (await world.store.audit.list({ limit: 2 })).map((entry) => entry.action)
    expect(actions).toEqual(['key_revoked', 'keys_rotated'])
  })

  it('N-098 what is published has no private member, over all sets', async () => {
    await using world = await withAlice()
    for (let i = 0; i < 5; i++) await world.rotateKeys()
    const published = world.ring.published(world.clock.latest())
    expect(new Set(published.map((jwk) => jwk.kid)).size).toBe(6)
    for (const jwk of published) expect(Object.keys(jwk)).toEqual(['kty', 'crv', 'x', 'y', 'kid', 'use', 'alg'])
  })
})

it('N-097 another process hears of a revocation by asking for the revision', async () => {
  await using world = await withAlice()
  const token = reveal((await world.login()).accessToken)
  const before = await world.store.keys.revision()
  await world.revokeKeys(signer(world).kid)
  expect(await world.store.keys.revision()).not.toBe(before)
  await using other = await world.another()
  expect(await world.accepts(token, other)).toBe(false)
  expect(await other.introspect.inspect(token, (await world.addClient()).client)).toEqual({ active: false })
  await expect(other.revocation.revokeToken({ token, clientId: 'countersign' }, here)).resolves.toBeUndefined()
})
