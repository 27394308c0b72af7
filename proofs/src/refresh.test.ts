import { callerOf, nativeSessionPolicy, newAuthorization, type TokenSet, writeHexToken } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { goodPassword } from './people.ts'
import { from, here, hexSessionPolicy, openWorld, reveal, type World } from './world.ts'

const aKey = 'k'.repeat(22)
const anotherKey = 'K'.repeat(22)
const refused = expect.objectContaining({ code: 'grant_invalid' })
const reused = expect.objectContaining({ code: 'refresh_token_reused' })

/** A world with alice in it, and her first token set. */
async function withSession(policy = nativeSessionPolicy) {
  const world = await openWorld()
  await world.addUser()
  const first = await world.login('alice', policy)
  const by = { clientId: policy.clientId, dialect: policy.dialect }
  return { world, first, by, r0: reveal(first.refreshToken), a0: reveal(first.accessToken), id: first.authorization.id }
}

const revokedAt = async (world: World, id: string) =>
  (await world.store.authorizations.find(id))?.authorization.revokedAt

const outcomes = async (attempts: readonly Promise<TokenSet>[]) => {
  const settled = await Promise.allSettled(attempts)
  const codes = settled.map((it) => (it.status === 'fulfilled' ? 'rotated' : `${it.reason.code}`))
  return { codes, count: (code: string) => codes.filter((it) => it === code).length, settled }
}

describe.each([nativeSessionPolicy, hexSessionPolicy])(
  'refresh token rotation (RFC 9700 §4.14.2), $accessForm',
  (policy) => {
    it('exchanges the current token for the next generation', async () => {
      const { world, r0, by, id } = await withSession(policy)
      await using _ = world
      const next = await world.refresh(r0, { by })
      expect(next.authorization).toMatchObject({ id, generation: 1 })
      expect(reveal(next.refreshToken)).not.toBe(r0)
      expect(await world.accepts(reveal(next.accessToken))).toBe(true)
    })

    it('N-050 revokes the whole Authorization when a superseded token is presented again', async () => {
      const { world, r0, a0, by } = await withSession(policy)
      await using _ = world
      const next = await world.refresh(r0, { by })
      await expect(world.refresh(r0, { by })).rejects.toEqual(reused)
      await expect(world.refresh(reveal(next.refreshToken), { by })).rejects.toEqual(refused)
      for (const token of [a0, reveal(next.accessToken)]) expect(await world.accepts(token)).toBe(false)
    })

    it('N-050 keeps the revocation, with its audit row, even though the request is refused', async () => {
      const { world, r0, by, id } = await withSession(policy)
      await using _ = world
      await world.refresh(r0, { by })
      await expect(world.refresh(r0, { by })).rejects.toEqual(reused)
      await world.restart()
      expect(await revokedAt(world, id)).toBe(world.clock.now())
      const [newest] = await world.store.audit.list({ limit: 1 })
      expect(newest).toMatchObject({ action: 'authorization_reused', authorizationId: id, detail: { generation: 0 } })
    })

    it('N-056 N-215 answers a retry with its key with the same refresh token and a fresh access token', async () => {
      const { world, r0, by } = await withSession(policy)
      await using _ = world
      const next = await world.refresh(r0, { by, retryKey: aKey })
      world.clock.advance(60)
      const again = await world.refresh(r0, { by, retryKey: aKey })
      expect(reveal(again.refreshToken)).toBe(reveal(next.refreshToken))
      expect(await world.accepts(reveal(again.accessToken))).toBe(true)
      expect((await world.refresh(reveal(again.refreshToken), { by })).authorization.generation).toBe(2)
    })

    it('N-056 never says that a repeated access token lives longer than it does', async () => {
      const { world, r0, by } = await withSession(policy)
      await using _ = world
      await world.refresh(r0, { by, retryKey: aKey })
      world.clock.advance(45)
      const again = await world.refresh(r0, { by, retryKey: aKey })
      world.clock.advance(again.expiresInSeconds - 1)
      expect(await world.accepts(reveal(again.accessToken))).toBe(true)
      world.clock.advance(1)
      expect(await world.accepts(reveal(again.accessToken))).toBe(false)
    })

    it('N-057 takes another key for a thief', async () => {
      const { world, r0, by } = await withSession(policy)
      await using _ = world
      const next = await world.refresh(r0, { by, retryKey: aKey })
      await expect(world.refresh(r0, { by, retryKey: anotherKey })).rejects.toEqual(reused)
      expect(await world.accepts(reveal(next.accessToken))).toBe(false)
    })

    it('N-057 takes no key, and a key where there was none, for a thief', async () => {
      for (const [first, second] of [
        [aKey, undefined],
        [undefined, aKey],
      ]) {
        const { world, r0, by } = await withSession(policy)
        await using _ = world
        await world.refresh(r0, { by, ...(first && { retryKey: first }) })
        await expect(world.refresh(r0, { by, ...(second && { retryKey: second }) })).rejects.toEqual(reused)
      }
    })

    it('N-058 N-217 N-436 ends the retry window after 60 seconds, and the right key revokes nothing then', async () => {
      const { world, r0, by } = await withSession(policy)
      await using _ = world
      const next = await world.refresh(r0, { by, retryKey: aKey })
      world.clock.advance(61)
      const late = expect.objectContaining({ code: 'grant_invalid', outcome: 'refresh_late' })
      await expect(world.refresh(r0, { by, retryKey: aKey })).rejects.toEqual(late)
      const [newest] = await world.store.audit.list({ limit: 1 })
      expect(newest).toMatchObject({ action: 'refresh_late', detail: { generation: 0 } })
      expect((await world.refresh(reveal(next.refreshToken), { by })).authorization.generation).toBe(2)
    })

    it('N-437 a clock stepped back reopens neither retry window nor grace', async () => {
      const { world, r0, by } = await withSession(policy)
      await using _ = world
      await world.refresh(r0, { by, retryKey: aKey })
      world.clock.advance(61)
      world.clock.stepBack(61)
      await expect(world.refresh(r0, { by, retryKey: aKey })).rejects.toEqual(refused)
      await expect(world.refresh(r0, { by, grace: { seconds: 60, answer: 'successor' } })).rejects.toEqual(reused)
    })

    it('N-430 answers a repeat within the grace with the same successor, or refuses it; neither revokes', async () => {
      const { world, r0, by, id } = await withSession(policy)
      await using _ = world
      const next = await world.refresh(r0, { by })
      const again = await world.refresh(r0, { by, grace: { seconds: 60, answer: 'successor' } })
      expect(reveal(again.refreshToken)).toBe(reveal(next.refreshToken))
      expect(await world.accepts(reveal(again.accessToken))).toBe(true)
      const repeated = expect.objectContaining({ code: 'grant_invalid', outcome: 'refresh_repeated' })
      await expect(world.refresh(r0, { by, grace: { seconds: 60, answer: 'refuse' } })).rejects.toEqual(repeated)
      const [newest] = await world.store.audit.list({ limit: 1 })
      expect(newest).toMatchObject({ action: 'refresh_repeated', authorizationId: id, detail: { generation: 0 } })
      expect(await revokedAt(world, id)).toBeUndefined()
    })

    it.each([
      ['2001:db8::1', '2001:db8::ffff:1', 'repeated'],
      ['2001:db8::1', '2001:db8:0:1::1', 'reused'],
      ['::ffff:192.0.2.1', '192.0.2.1', 'repeated'],
      ['192.0.2.1', '192.0.2.2', 'reused'],
      ['somewhere', 'somewhere', 'reused'],
      [undefined, '192.0.2.1', 'reused'],
    ])('N-431 takes a repeat at %s and then %s for %s', async (first, second, taken) => {
      const { world, r0, by } = await withSession(policy)
      await using _ = world
      const request = { refreshToken: r0, by, grace: { seconds: 60, answer: 'refuse' } } as const
      await world.useCases.refresh.exchange(request, from(first))
      const again = world.useCases.refresh.exchange(request, from(second))
      await expect(again).rejects.toEqual(taken === 'reused' ? reused : refused)
    })

    it('N-058 ends the retry window when the successor was used', async () => {
      const { world, r0, by, id } = await withSession(policy)
      await using _ = world
      const next = await world.refresh(r0, { by, retryKey: aKey })
      await world.refresh(reveal(next.refreshToken), { by, retryKey: aKey })
      await expect(world.refresh(r0, { by, retryKey: aKey })).rejects.toEqual(reused)
      expect(await revokedAt(world, id)).toBeDefined()
    })

    it('N-058 answers a retry that reaches another process, or the same one after a restart', async () => {
      const { world, r0, by } = await withSession(policy)
      await using _ = world
      const next = await world.refresh(r0, { by, retryKey: aKey })
      await using other = await world.another()
      const there = await world.refresh(r0, { by, retryKey: aKey }, other)
      await world.restart()
      const later = await world.refresh(r0, { by, retryKey: aKey })
      expect([there, later].map((set) => reveal(set.refreshToken))).toEqual(Array(2).fill(reveal(next.refreshToken)))
    })

    it('a replay writes nothing', async () => {
      const { world, r0, by } = await withSession(policy)
      await using _ = world
      await world.refresh(r0, { by, retryKey: aKey })
      const before = world.sql('select count(*) as rows from audit')
      await world.refresh(r0, { by, retryKey: aKey })
      expect(world.sql('select count(*) as rows from audit')).toEqual(before)
    })
  },
)

describe('refreshing at once', () => {
  it.each([2, 10, 100, 1000])(
    'N-051 of %i callers without a key exactly one wins, and then nobody',
    async (callers) => {
      const { world, r0, id } = await withSession()
      await using _ = world
      const { count, settled } = await outcomes(Array.from({ length: callers }, () => world.refresh(r0)))
      expect([count('rotated'), count('refresh_token_reused') + count('grant_invalid')]).toEqual([1, callers - 1])
      expect(await revokedAt(world, id)).toBeDefined()
      const winner = settled.find((it) => it.status === 'fulfilled')
      await expect(world.refresh(reveal(winner?.value.refreshToken))).rejects.toEqual(refused)
    },
  )

  it.each([2, 100, 1000])('N-215 %i callers with one key all get the same successor', async (callers) => {
    const { world, r0 } = await withSession()
    await using _ = world
    await using other = await world.another()
    const attempts = Array.from({ length: callers }, (_, caller) =>
      world.refresh(r0, { retryKey: aKey }, caller % 2 === 0 ? world.useCases : other),
    )
    const successors = new Set((await Promise.all(attempts)).map((set) => reveal(set.refreshToken)))
    expect(successors.size).toBe(1)
    expect(world.sql('select generation, revoked_at from authorizations')).toEqual([
      { generation: 1, revoked_at: null },
    ])
  })

  it('N-216 of 100 callers with 100 keys one wins, and the Authorization dies', async () => {
    const { world, r0, id } = await withSession()
    await using _ = world
    const keys = Array.from({ length: 100 }, (_, i) => `${i}`.padStart(22, 'x'))
    const { count } = await outcomes(keys.map((retryKey) => world.refresh(r0, { retryKey })))
    expect([count('rotated'), count('refresh_token_reused'), count('grant_invalid')]).toEqual([1, 1, 98])
    expect(await revokedAt(world, id)).toBeDefined()
  })
})

describe('a client that cannot send a key (S4)', () => {
  /** A session given through a registered client with a leeway. */
  async function withLeeway(reuseLeewaySeconds: number) {
    const world = await openWorld()
    const user = await world.addUser()
    const { client } = await world.addClient({ reuseLeewaySeconds })
    const by = { clientId: client.id, dialect: 'oauth' }
    const policy = { ...nativeSessionPolicy, ...by }
    const first = await world.useCases.sessions.open({ who: { user, factors: ['password'] }, policy }, here)
    return { world, by, r0: reveal(first.refreshToken) }
  }

  it('N-060 is given the same successor within its leeway, never a branch', async () => {
    const { world, by, r0 } = await withLeeway(30)
    await using _ = world
    const next = await world.refresh(r0, { by })
    world.clock.advance(30)
    const again = await world.refresh(r0, { by })
    expect(reveal(again.refreshToken)).toBe(reveal(next.refreshToken))
    world.clock.advance(1)
    await expect(world.refresh(r0, { by })).rejects.toEqual(reused)
  })

  it('N-059 is refused with any older ancestor, and its Authorization dies', async () => {
    const { world, by, r0 } = await withLeeway(30)
    await using _ = world
    const next = await world.refresh(r0, { by })
    const last = await world.refresh(reveal(next.refreshToken), { by })
    await expect(world.refresh(r0, { by })).rejects.toEqual(reused)
    await expect(world.refresh(reveal(last.refreshToken), { by })).rejects.toEqual(refused)
  })

  it('N-051 still has at most one live token after 100 refreshes at once', async () => {
    const { world, by, r0 } = await withLeeway(30)
    await using _ = world
    const sets = await Promise.all(Array.from({ length: 100 }, () => world.refresh(r0, { by })))
    expect(new Set(sets.map((set) => reveal(set.refreshToken))).size).toBe(1)
  })
})

describe('what a refresh token is bound to', () => {
  it('N-062 its client and its dialect: presented by others it is refused, and goes on living', async () => {
    const { world, r0, by } = await withSession()
    await using _ = world
    const { client } = await world.addClient()
    const strangers = [
      { ...by, clientId: client.id },
      { ...by, dialect: 'oauth' },
      { clientId: client.id, dialect: 'oauth' },
    ]
    for (const stranger of strangers) await expect(world.refresh(r0, { by: stranger })).rejects.toEqual(refused)
    const next = await world.refresh(r0)
    for (const stranger of strangers) await expect(world.refresh(r0, { by: stranger })).rejects.toEqual(refused)
    expect((await world.refresh(reveal(next.refreshToken))).authorization.generation).toBe(2)
  })

  it('N-061 its absolute end: rotation every day gains nothing', async () => {
    const { world, r0, a0 } = await withSession()
    await using _ = world
    let token = r0
    for (let day = 1; day < 30; day++) {
      world.clock.advance(86_400)
      const set = await world.refresh(token)
      expect(set.refreshExpiresInSeconds).toBe((30 - day) * 86_400)
      token = reveal(set.refreshToken)
    }
    world.clock.advance(86_399)
    const last = await world.refresh(token)
    expect([last.expiresInSeconds, last.refreshExpiresInSeconds]).toEqual([1, 1])
    world.clock.advance(1)
    await expect(world.refresh(reveal(last.refreshToken))).rejects.toEqual(refused)
    for (const access of [a0, reveal(last.accessToken)]) expect(await world.accepts(access)).toBe(false)
  })

  it('N-064 its scope: asking for more is refused and does not spend the token', async () => {
    const { world, r0 } = await withSession()
    await using _ = world
    for (const scope of ['read admin', 'admin', '']) {
      await expect(world.refresh(r0, { scope })).rejects.toEqual(expect.objectContaining({ code: 'scope_invalid' }))
    }
    const narrow = await world.refresh(r0, { scope: 'read' })
    expect(narrow.scope).toEqual(['read'])
    const check = await world.useCases.accessTokens.check(reveal(narrow.accessToken))
    expect(check).toMatchObject({ access: { scope: ['read'] } })
    expect((await world.refresh(reveal(narrow.refreshToken))).scope).toEqual(['read', 'write'])
  })

  it('N-064 N-094 its role: read anew each time, lowered at once, never raised', async () => {
    const world = await openWorld()
    await using _ = world
    const user = await world.addUser({ role: 'manager' })
    const first = await world.login()
    const roleNow = async (token: string) => {
      const check = await world.useCases.accessTokens.check(token)
      return check.outcome === 'active' ? check.access.role : check.outcome
    }
    await world.change("update users set role = 'viewer' where id = ?", user.id)
    expect(await roleNow(reveal(first.accessToken))).toBe('viewer')
    const lowered = await world.refresh(reveal(first.refreshToken))
    expect(lowered.role).toBe('viewer')
    await world.change("update users set role = 'owner' where id = ?", user.id)
    expect(await roleNow(reveal(lowered.accessToken))).toBe('viewer')
    const raised = await world.refresh(reveal(lowered.refreshToken))
    expect(raised.role).toBe('manager')
    expect(await roleNow(reveal(raised.accessToken))).toBe('manager')
  })

  it('N-065 its use: no other token refreshes, and it opens no door itself', async () => {
    const { world, r0, a0 } = await withSession()
    await using _ = world
    const { client, secret } = await world.addClient({ tokenForm: 'opaque' })
    const machine = reveal((await world.machineToken(client)).accessToken)
    const hex = await world.login('alice', hexSessionPolicy)
    const cookie = reveal(world.useCases.accessTokens.issueCookie(hex.authorization.id))
    for (const token of [a0, machine, reveal(secret), reveal(hex.accessToken), cookie, '', 'x', `${r0} `]) {
      await expect(world.refresh(token)).rejects.toEqual(refused)
      await expect(world.refresh(token, { by: { clientId: client.id, dialect: 'oauth' } })).rejects.toEqual(refused)
    }
    for (const token of [r0, reveal(hex.refreshToken), reveal(secret), cookie])
      expect(await world.accepts(token)).toBe(false)
    expect((await world.useCases.accessTokens.checkCookie(reveal(hex.accessToken))).outcome).toBe('invalid')
    expect((await world.useCases.accessTokens.checkCookie(cookie)).outcome).toBe('active')
  })

  it('its generation: one that was never handed out is unknown, and harms nobody', async () => {
    const { world, first, by, id } = await withSession(hexSessionPolicy)
    await using _ = world
    for (const generation of [1, 5, 0xffff_ffff]) {
      const future = writeHexToken(world.ring.current(world.clock.latest()), 'hex refresh', {
        authorizationId: id,
        generation,
      })
      await expect(world.refresh(future, { by })).rejects.toEqual(refused)
    }
    expect((await world.refresh(reveal(first.refreshToken), { by })).authorization.generation).toBe(1)
  })
})

describe('what ends a refresh token', () => {
  it('N-066 N-253 use, for good: it is refused after any number of restarts', async () => {
    const { world, r0 } = await withSession()
    await using _ = world
    await world.refresh(r0)
    for (let i = 0; i < 5; i++) await world.restart()
    await expect(world.refresh(r0)).rejects.toEqual(reused)
    await world.restart()
    await expect(world.refresh(r0)).rejects.toEqual(refused)
  })

  it('N-067 disabling or deleting its user', async () => {
    const { world, r0, a0 } = await withSession()
    await using _ = world
    await world.change('update users set disabled_at = ?, version = version + 1', world.clock.now())
    await expect(world.refresh(r0)).rejects.toEqual(refused)
    await world.change('delete from users')
    await expect(world.refresh(r0)).rejects.toEqual(refused)
    expect(await world.accepts(a0)).toBe(false)
  })

  it('N-067 a change of password, but for the session that changed it', async () => {
    const { world, first, r0 } = await withSession()
    await using _ = world
    const other = await world.login()
    const passwords = { current: goodPassword, next: 'another long and honest password' }
    await world.useCases.me.changePassword(passwords, callerOf(other.authorization, here.context))
    await expect(world.refresh(r0)).rejects.toEqual(refused)
    expect(await world.accepts(reveal(first.accessToken))).toBe(false)
    expect(await world.accepts(reveal(other.accessToken))).toBe(true)
    expect((await world.refresh(reveal(other.refreshToken))).authorization.generation).toBe(1)
  })

  it('N-069 not a commit that fails: nothing has changed, and the token still works with the same key', async () => {
    for (const table of ['rotations', 'authorizations']) {
      const { world, r0, id } = await withSession()
      await using _ = world
      const event = table === 'rotations' ? 'insert on rotations' : 'update on authorizations'
      world.sql(`create trigger fault before ${event} begin select raise(abort, 'no space'); end`)
      await expect(world.refresh(r0, { retryKey: aKey })).rejects.toMatchObject({ name: 'StoreError' })
      expect((await world.store.authorizations.find(id))?.authorization).toMatchObject({
        generation: 0,
        retryKeyDigest: undefined,
      })
      world.sql('drop trigger fault')
      expect((await world.refresh(r0, { retryKey: aKey })).authorization.generation).toBe(1)
    }
  })

  it('N-069 not a failed report of reuse: the next one tells and revokes', async () => {
    const { world, r0, id } = await withSession()
    await using _ = world
    await world.refresh(r0)
    world.sql("create trigger fault before insert on audit begin select raise(abort, 'no space'); end")
    await expect(world.refresh(r0)).rejects.toMatchObject({ name: 'StoreError' })
    expect(await revokedAt(world, id)).toBeUndefined()
    world.sql('drop trigger fault')
    await expect(world.refresh(r0)).rejects.toEqual(reused)
  })

  it('N-248 its end, for good: a clock stepped back does not bring it back', async () => {
    const { world, r0, a0 } = await withSession()
    await using _ = world
    world.clock.advance(30 * 86_400)
    await expect(world.refresh(r0)).rejects.toEqual(refused)
    world.clock.stepBack(30 * 86_400)
    await expect(world.refresh(r0)).rejects.toEqual(refused)
    expect(await world.accepts(a0)).toBe(false)
  })
})

it('N-063 every path that opens a session stores its Authorization with client, dialect and factors', async () => {
  await using world = await openWorld()
  await world.addUser()
  for (const policy of [nativeSessionPolicy, hexSessionPolicy]) {
    const { authorization } = await world.login('alice', policy, goodPassword, from('2001:db8::1'))
    const stored = await world.store.authorizations.find(authorization.id)
    expect(stored?.authorization).toEqual(newAuthorization(authorization, world.domain))
    expect(stored?.authorization).toMatchObject({
      clientId: policy.clientId,
      dialect: policy.dialect,
      factors: ['password'],
    })
  }
})
