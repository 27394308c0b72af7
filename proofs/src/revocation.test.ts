import { callerOf, nativeSessionPolicy, StoreError, type TokenSet } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { goodPassword } from './people.ts'
import { here, hexSessionPolicy, openWorld, reveal, type World } from './world.ts'

const refused = expect.objectContaining({ code: 'grant_invalid' })
const native = { clientId: nativeSessionPolicy.clientId }

async function withSession(policy = nativeSessionPolicy) {
  const world = await openWorld()
  await world.addUser()
  return { world, set: await world.login('alice', policy) }
}

const revoke = (world: World, token: string, by = native) =>
  world.useCases.revocation.revokeToken({ token, ...by }, here)
const rows = (world: World, table: string) => world.sql(`select count(*) as count from ${table}`)[0]?.count

/** Everything that the token set could do, tried. */
async function lives(world: World, set: TokenSet): Promise<boolean[]> {
  const record = await world.store.authorizations.find(set.authorization.id)
  return [await world.accepts(reveal(set.accessToken)), record?.authorization.revokedAt === undefined]
}

describe('revocation (RFC 7009)', () => {
  it.each([nativeSessionPolicy, hexSessionPolicy])(
    'N-124 of a refresh token ends its access tokens, $accessForm',
    async (policy) => {
      const { world, set } = await withSession(policy)
      await using _ = world
      await revoke(world, reveal(set.refreshToken))
      expect(await lives(world, set)).toEqual([false, false])
    },
  )

  it.each([nativeSessionPolicy, hexSessionPolicy])(
    'N-124 of a session access token ends its session, $accessForm',
    async (policy) => {
      const { world, set } = await withSession(policy)
      await using _ = world
      await revoke(world, reveal(set.accessToken))
      expect(await lives(world, set)).toEqual([false, false])
      const by = { clientId: policy.clientId, dialect: policy.dialect }
      await expect(world.refresh(reveal(set.refreshToken), { by })).rejects.toEqual(refused)
    },
  )

  it('N-219 works with any member of a chain, even a used one', async () => {
    const { world, set } = await withSession()
    await using _ = world
    const next = await world.refresh(reveal(set.refreshToken))
    const last = await world.refresh(reveal(next.refreshToken))
    await revoke(world, reveal(set.refreshToken))
    expect(await lives(world, last)).toEqual([false, false])
    expect((await world.store.audit.list({ limit: 1 }))[0]).toMatchObject({ action: 'authorization_revoked' })
  })

  it('N-219 works with an access token that has expired', async () => {
    const { world, set } = await withSession()
    await using _ = world
    world.clock.advance(3000)
    await revoke(world, reveal(set.accessToken))
    await expect(world.refresh(reveal(set.refreshToken))).rejects.toEqual(refused)
  })

  it('N-119 I8 of an unknown, malformed, dead or foreign token does and tells nothing', async () => {
    const { world, set } = await withSession()
    await using _ = world
    const elsewhere = await openWorld({ seed: 'another instance' })
    await using __ = elsewhere
    await elsewhere.addUser()
    const foreign = await elsewhere.login()
    const dead = await world.login()
    await revoke(world, reveal(dead.refreshToken))
    const before = [rows(world, 'audit'), world.sql('select * from authorizations')]
    const tokens = ['', 'x', '%', 'cs_pat_x', 'cs_at_x', 'a'.repeat(64), 'a.b.c', '\0', 'x'.repeat(100_000)]
    const others = [
      reveal(foreign.refreshToken),
      reveal(foreign.accessToken),
      reveal(dead.refreshToken),
      reveal(dead.accessToken),
    ]
    for (const token of [...tokens, ...others]) expect(await revoke(world, token)).toBeUndefined()
    expect([rows(world, 'audit'), world.sql('select * from authorizations')]).toEqual(before)
    expect(await lives(world, set)).toEqual([true, true])
  })

  it('I8 is idempotent: the second time writes no row and moves no time', async () => {
    const { world, set } = await withSession()
    await using _ = world
    await revoke(world, reveal(set.refreshToken))
    const [audit, authorizations] = [rows(world, 'audit'), world.sql('select * from authorizations')]
    world.clock.advance(10)
    await Promise.all(Array.from({ length: 20 }, () => revoke(world, reveal(set.refreshToken))))
    await world.useCases.revocation.revoke(set.authorization, here)
    expect([rows(world, 'audit'), world.sql('select * from authorizations')]).toEqual([audit, authorizations])
  })

  it("N-120 of another client's token does and tells nothing", async () => {
    const { world, set } = await withSession()
    await using _ = world
    const [a, b] = [await world.addClient({ name: 'a' }), await world.addClient({ name: 'b' })]
    const machine = await world.machineToken(a.client)
    for (const token of [set.refreshToken, set.accessToken, machine.accessToken]) {
      expect(await revoke(world, reveal(token), { clientId: b.client.id })).toBeUndefined()
    }
    expect([await lives(world, set), await lives(world, machine)]).toEqual([
      [true, true],
      [true, true],
    ])
    await revoke(world, reveal(machine.accessToken), { clientId: a.client.id })
    expect(await lives(world, machine)).toEqual([false, true])
  })

  it('N-121 that cannot be written rejects, and changes nothing', async () => {
    const { world, set } = await withSession()
    await using _ = world
    for (const event of ['insert on audit', 'update on authorizations']) {
      world.sql(`create trigger fault before ${event} begin select raise(abort, 'no space'); end`)
      await expect(revoke(world, reveal(set.refreshToken))).rejects.toBeInstanceOf(StoreError)
      expect(await lives(world, set)).toEqual([true, true])
      world.sql('drop trigger fault')
    }
    await revoke(world, reveal(set.refreshToken))
    expect(await lives(world, set)).toEqual([false, false])
  })

  it('N-122 is seen by every check that starts after it, in every process, whatever was cached', async () => {
    const { world, set } = await withSession()
    await using _ = world
    await using other = await world.another()
    const token = reveal(set.accessToken)
    const processes = [world.useCases, other]
    for (const useCases of processes) expect(await world.accepts(token, useCases)).toBe(true)
    const during = Array.from({ length: 200 }, (_, i) => world.accepts(token, processes[i % 2]))
    await revoke(world, token)
    const after = await Promise.all(Array.from({ length: 200 }, (_, i) => world.accepts(token, processes[i % 2])))
    expect(after.filter(Boolean)).toEqual([])
    expect((await Promise.all(during)).length).toBe(200)
  })

  it('N-122 I3 stays so after restarts and whatever the clock does', async () => {
    const { world, set } = await withSession()
    await using _ = world
    await revoke(world, reveal(set.accessToken))
    for (const step of [-86_400, 3600, -7200]) {
      if (step < 0) world.clock.stepBack(-step)
      else world.clock.advance(step)
      await world.restart()
      expect(await world.accepts(reveal(set.accessToken))).toBe(false)
      await expect(world.refresh(reveal(set.refreshToken))).rejects.toEqual(refused)
    }
  })

  it('I3 cannot be undone at the database either', async () => {
    const { world, set } = await withSession()
    await using _ = world
    await revoke(world, reveal(set.accessToken))
    expect(() => world.sql('update authorizations set revoked_at = null')).toThrow()
    expect(() => world.sql('update authorizations set revoked_at = 1')).toThrow()
    expect(() => world.sql('update users set sessions_epoch = sessions_epoch - 1, version = version + 1')).toThrow()
    expect(() => world.sql('delete from audit')).toThrow()
    expect(await lives(world, set)).toEqual([false, false])
  })
})

describe('by id', () => {
  it("N-128 one's own can be ended; somebody else's is as if it were missing", async () => {
    const { world, set } = await withSession()
    await using _ = world
    const bob = await world.addUser({ username: 'bob' })
    const { revocation } = world.useCases
    const missing = expect.objectContaining({ code: 'not_found' })
    const stranger = { kind: 'user', id: bob.id } as const
    const { id, subject } = set.authorization
    await expect(revocation.revokeOwn({ id }, { ...here, subject: stranger })).rejects.toEqual(missing)
    await expect(revocation.revokeOwn({ id }, { ...here, subject: { ...subject, kind: 'client' } })).rejects.toEqual(
      missing,
    )
    await expect(revocation.revokeOwn({ id: '0'.repeat(22) }, { ...here, subject })).rejects.toEqual(missing)
    expect(await lives(world, set)).toEqual([true, true])
    await revocation.revokeOwn({ id }, { ...here, subject })
    expect(await lives(world, set)).toEqual([false, false])
    await revocation.revokeOwn({ id }, { ...here, subject })
  })

  it('lists what lives, newest first, and forgets at once what was ended', async () => {
    const { world, set } = await withSession()
    await using _ = world
    const { revocation } = world.useCases
    const { subject, id } = set.authorization
    world.clock.advance(1)
    const second = await world.login()
    const list = async () => (await revocation.listOwn(subject, { limit: 10 })).authorizations.map((it) => it.id)
    expect(await list()).toEqual([second.authorization.id, id])
    await revocation.revokeOwn({ id: second.authorization.id }, { ...here, subject })
    expect(await list()).toEqual([id])
    world.clock.advance(30 * 86_400)
    expect(await list()).toEqual([])
  })
})

describe('what else ends the tokens of a person', () => {
  it('N-123 disabling ends every session and machine token at once, and re-enabling brings nothing back', async () => {
    const { world, set } = await withSession()
    await using _ = world
    const { client } = await world.addClient()
    const machine = await world.machineToken(client)
    const now = world.clock.now()
    await world.change(
      'update users set disabled_at = ?, sessions_epoch = sessions_epoch + 1, version = version + 1',
      now,
    )
    await world.change('update clients set disabled_at = ?, epoch = epoch + 1', now)
    expect([await lives(world, set), await lives(world, machine)]).toEqual([
      [false, true],
      [false, true],
    ])
    await world.change('update users set disabled_at = null, version = version + 1')
    await world.change('update clients set disabled_at = null')
    expect([await lives(world, set), await lives(world, machine)]).toEqual([
      [false, true],
      [false, true],
    ])
    await expect(world.refresh(reveal(set.refreshToken))).rejects.toEqual(refused)
    expect(await world.accepts(reveal((await world.login()).accessToken))).toBe(true)
  })

  it('N-123 a change of password ends every other session, and none that was dead comes back', async () => {
    const { world, set } = await withSession()
    await using _ = world
    const dead = await world.login()
    const keeper = await world.login()
    await revoke(world, reveal(dead.accessToken))
    const passwords = { current: goodPassword, next: 'another long and honest password' }
    await world.useCases.me.changePassword(passwords, callerOf(keeper.authorization, here.context))
    const living = [set, dead, keeper].map(({ accessToken }) => world.accepts(reveal(accessToken)))
    expect(await Promise.all(living)).toEqual([false, false, true])
  })

  it('N-123 no session is opened beside one that has ended meanwhile', async () => {
    await using world = await openWorld()
    await world.addUser()
    const [presented, keeper] = [await world.login(), await world.login()]
    const check = await world.useCases.accessTokens.check(reveal(presented.accessToken))
    if (check.outcome !== 'active') throw new Error(check.outcome)
    const passwords = { current: goodPassword, next: `${goodPassword} 2` }
    await world.useCases.me.changePassword(passwords, callerOf(keeper.authorization, here.context))
    const beside = world.useCases.sessions.openBeside({ access: check.access, policy: nativeSessionPolicy }, here)
    await expect(beside).rejects.toMatchObject({ code: 'token_invalid' })
    expect(await world.accepts(reveal(keeper.accessToken))).toBe(true)
  })

  it('N-126 costs one row however many there are', async () => {
    const { world } = await withSession()
    await using _ = world
    for (let i = 0; i < 50; i++) await world.login()
    const keeper = await world.login()
    const before = world.sql('select count(*) as count from authorizations where epoch = 0')
    const passwords = { current: goodPassword, next: 'another long and honest password' }
    await world.useCases.me.changePassword(passwords, callerOf(keeper.authorization, here.context))
    expect(before).toEqual([{ count: 52 }])
    expect(world.sql('select count(*) as count from authorizations where epoch = 0')).toEqual([{ count: 51 }])
  })
})
