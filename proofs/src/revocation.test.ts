import { callerOf, nativeSessionPolicy, StoreError, type TokenSet } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { goodPassword } from './people.ts'
import { here, hexSessionPolicy, openTestIssuer, reveal, type TestIssuer } from './test-issuer.ts'

const refused = expect.objectContaining({ code: 'grant_invalid' })
const native = { clientId: nativeSessionPolicy.clientId }

async function withSession(policy = nativeSessionPolicy) {
  const issuer = await openTestIssuer()
  await issuer.addUser()
  return { issuer, set: await issuer.login('alice', policy) }
}

const revoke = (issuer: TestIssuer, token: string, by = native) =>
  issuer.useCases.revocation.revokeToken({ token, ...by }, here)
const rows = (issuer: TestIssuer, table: string) => issuer.sql(`select count(*) as count from ${table}`)[0]?.count

/** Everything that the token set could do, tried. */
async function lives(issuer: TestIssuer, set: TokenSet): Promise<boolean[]> {
  const record = await issuer.store.authorizations.find(set.authorization.id)
  return [await issuer.accepts(reveal(set.accessToken)), record?.authorization.revokedAt === undefined]
}

describe('revocation (RFC 7009)', () => {
  it.each([nativeSessionPolicy, hexSessionPolicy])(
    'of a refresh token ends its access tokens, $accessForm',
    async (policy) => {
      const { issuer, set } = await withSession(policy)
      await using _ = issuer
      await revoke(issuer, reveal(set.refreshToken))
      expect(await lives(issuer, set)).toEqual([false, false])
    },
  )

  it.each([nativeSessionPolicy, hexSessionPolicy])(
    'of a session access token ends its session, $accessForm',
    async (policy) => {
      const { issuer, set } = await withSession(policy)
      await using _ = issuer
      await revoke(issuer, reveal(set.accessToken))
      expect(await lives(issuer, set)).toEqual([false, false])
      const by = { clientId: policy.clientId, dialect: policy.dialect }
      await expect(issuer.refresh(reveal(set.refreshToken), { by })).rejects.toEqual(refused)
    },
  )

  it('works with any member of a chain, even a used one', async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    const next = await issuer.refresh(reveal(set.refreshToken))
    const last = await issuer.refresh(reveal(next.refreshToken))
    await revoke(issuer, reveal(set.refreshToken))
    expect(await lives(issuer, last)).toEqual([false, false])
    expect((await issuer.store.audit.list({ limit: 1 }))[0]).toMatchObject({ action: 'authorization_revoked' })
  })

  it('works with an access token that has expired', async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    issuer.clock.advance(3000)
    await revoke(issuer, reveal(set.accessToken))
    await expect(issuer.refresh(reveal(set.refreshToken))).rejects.toEqual(refused)
  })

  it('I8 of an unknown, malformed, dead or foreign token changes and discloses nothing', async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    const elsewhere = await openTestIssuer({ seed: 'another instance' })
    await using __ = elsewhere
    await elsewhere.addUser()
    const foreign = await elsewhere.login()
    const dead = await issuer.login()
    await revoke(issuer, reveal(dead.refreshToken))
    const before = [rows(issuer, 'audit'), issuer.sql('select * from authorizations')]
    const tokens = ['', 'x', '%', 'cs_pat_x', 'cs_at_x', 'a'.repeat(64), 'a.b.c', '\0', 'x'.repeat(100_000)]
    const others = [
      reveal(foreign.refreshToken),
      reveal(foreign.accessToken),
      reveal(dead.refreshToken),
      reveal(dead.accessToken),
    ]
    for (const token of [...tokens, ...others]) expect(await revoke(issuer, token)).toBeUndefined()
    expect([rows(issuer, 'audit'), issuer.sql('select * from authorizations')]).toEqual(before)
    expect(await lives(issuer, set)).toEqual([true, true])
  })

  it('I8 is idempotent: the second time writes no row and moves no time', async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    await revoke(issuer, reveal(set.refreshToken))
    const [audit, authorizations] = [rows(issuer, 'audit'), issuer.sql('select * from authorizations')]
    issuer.clock.advance(10)
    await Promise.all(Array.from({ length: 20 }, () => revoke(issuer, reveal(set.refreshToken))))
    await issuer.useCases.revocation.revoke(set.authorization, here)
    expect([rows(issuer, 'audit'), issuer.sql('select * from authorizations')]).toEqual([audit, authorizations])
  })

  it("of another client's token changes and discloses nothing", async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    const [a, b] = [await issuer.addClient({ name: 'a' }), await issuer.addClient({ name: 'b' })]
    const machine = await issuer.machineToken(a.client)
    for (const token of [set.refreshToken, set.accessToken, machine.accessToken]) {
      expect(await revoke(issuer, reveal(token), { clientId: b.client.id })).toBeUndefined()
    }
    expect([await lives(issuer, set), await lives(issuer, machine)]).toEqual([
      [true, true],
      [true, true],
    ])
    await revoke(issuer, reveal(machine.accessToken), { clientId: a.client.id })
    expect(await lives(issuer, machine)).toEqual([false, true])
  })

  it('that cannot be written rejects, and changes nothing', async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    const writes = [
      { on: 'insert', table: 'audit' },
      { on: 'update', table: 'authorizations' },
    ] as const
    for (const write of writes) {
      using _fault = issuer.refuse(write)
      await expect(revoke(issuer, reveal(set.refreshToken))).rejects.toBeInstanceOf(StoreError)
      expect(await lives(issuer, set)).toEqual([true, true])
    }
    await revoke(issuer, reveal(set.refreshToken))
    expect(await lives(issuer, set)).toEqual([false, false])
  })

  it('is seen by every check that starts after it, in every process, whatever was cached', async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    await using other = await issuer.another()
    const token = reveal(set.accessToken)
    const processes = [issuer.useCases, other]
    for (const useCases of processes) expect(await issuer.accepts(token, useCases)).toBe(true)
    const during = Array.from({ length: 200 }, (_, i) => issuer.accepts(token, processes[i % 2]))
    await revoke(issuer, token)
    const after = await Promise.all(Array.from({ length: 200 }, (_, i) => issuer.accepts(token, processes[i % 2])))
    expect(after.filter(Boolean)).toEqual([])
    expect((await Promise.all(during)).length).toBe(200)
  })

  it('I3 stays so after restarts and whatever the clock does', async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    await revoke(issuer, reveal(set.accessToken))
    for (const step of [-86_400, 3600, -7200]) {
      if (step < 0) issuer.clock.stepBack(-step)
      else issuer.clock.advance(step)
      await issuer.restart()
      expect(await issuer.accepts(reveal(set.accessToken))).toBe(false)
      await expect(issuer.refresh(reveal(set.refreshToken))).rejects.toEqual(refused)
    }
  })

  it('I3 cannot be undone at the database either', async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    await revoke(issuer, reveal(set.accessToken))
    expect(() => issuer.sql('update authorizations set revoked_at = null')).toThrow()
    expect(() => issuer.sql('update authorizations set revoked_at = 1')).toThrow()
    expect(() => issuer.sql('update users set sessions_epoch = sessions_epoch - 1, version = version + 1')).toThrow()
    expect(() => issuer.sql('delete from audit')).toThrow()
    expect(await lives(issuer, set)).toEqual([false, false])
  })
})

describe('by id', () => {
  it("N-128 one's own can be ended; another user’s is as if it were missing", async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    const bob = await issuer.addUser({ username: 'bob' })
    const { revocation } = issuer.useCases
    const missing = expect.objectContaining({ code: 'not_found' })
    const stranger = { kind: 'user', id: bob.id } as const
    const { id, subject } = set.authorization
    await expect(revocation.revokeOwn({ id }, { ...here, subject: stranger })).rejects.toEqual(missing)
    await expect(revocation.revokeOwn({ id }, { ...here, subject: { ...subject, kind: 'client' } })).rejects.toEqual(
      missing,
    )
    await expect(revocation.revokeOwn({ id: '0'.repeat(22) }, { ...here, subject })).rejects.toEqual(missing)
    expect(await lives(issuer, set)).toEqual([true, true])
    await revocation.revokeOwn({ id }, { ...here, subject })
    expect(await lives(issuer, set)).toEqual([false, false])
    await revocation.revokeOwn({ id }, { ...here, subject })
  })

  it('lists what lives, newest first, and forgets at once what was ended', async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    const { revocation } = issuer.useCases
    const { subject, id } = set.authorization
    issuer.clock.advance(1)
    const second = await issuer.login()
    const list = async () => (await revocation.listOwn(subject, { limit: 10 })).authorizations.map((it) => it.id)
    expect(await list()).toEqual([second.authorization.id, id])
    await revocation.revokeOwn({ id: second.authorization.id }, { ...here, subject })
    expect(await list()).toEqual([id])
    issuer.clock.advance(30 * 86_400)
    expect(await list()).toEqual([])
  })
})

describe('what else ends the tokens of a user', () => {
  it('N-123 disabling ends every session and client token at once, and re-enabling brings nothing back', async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    const { client } = await issuer.addClient()
    const machine = await issuer.machineToken(client)
    const now = issuer.clock.now()
    await issuer.change(
      'update users set disabled_at = ?, sessions_epoch = sessions_epoch + 1, version = version + 1',
      now,
    )
    await issuer.change('update clients set disabled_at = ?, epoch = epoch + 1', now)
    expect([await lives(issuer, set), await lives(issuer, machine)]).toEqual([
      [false, true],
      [false, true],
    ])
    await issuer.change('update users set disabled_at = null, version = version + 1')
    await issuer.change('update clients set disabled_at = null')
    expect([await lives(issuer, set), await lives(issuer, machine)]).toEqual([
      [false, true],
      [false, true],
    ])
    await expect(issuer.refresh(reveal(set.refreshToken))).rejects.toEqual(refused)
    expect(await issuer.accepts(reveal((await issuer.login()).accessToken))).toBe(true)
  })

  it('N-123 a change of password ends every other session, and none that was dead comes back', async () => {
    const { issuer, set } = await withSession()
    await using _ = issuer
    const dead = await issuer.login()
    const keeper = await issuer.login()
    await revoke(issuer, reveal(dead.accessToken))
    const passwords = { current: goodPassword, next: 'another long and honest password' }
    await issuer.useCases.me.changePassword(passwords, callerOf(keeper.authorization, here.context))
    const living = [set, dead, keeper].map(({ accessToken }) => issuer.accepts(reveal(accessToken)))
    expect(await Promise.all(living)).toEqual([false, false, true])
  })

  it('N-123 no session is opened beside one that has ended meanwhile', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser()
    const [presented, keeper] = [await issuer.login(), await issuer.login()]
    const check = await issuer.useCases.accessTokens.check(reveal(presented.accessToken))
    if (check.outcome !== 'active') throw new Error(check.outcome)
    const passwords = { current: goodPassword, next: `${goodPassword} 2` }
    await issuer.useCases.me.changePassword(passwords, callerOf(keeper.authorization, here.context))
    const beside = issuer.useCases.sessions.openBeside({ access: check.access, policy: nativeSessionPolicy }, here)
    await expect(beside).rejects.toMatchObject({ code: 'token_invalid' })
    expect(await issuer.accepts(reveal(keeper.accessToken))).toBe(true)
  })

  it('N-126 costs one row however many there are', async () => {
    const { issuer } = await withSession()
    await using _ = issuer
    for (let i = 0; i < 50; i++) await issuer.login()
    const keeper = await issuer.login()
    const before = issuer.sql('select count(*) as count from authorizations where epoch = 0')
    const passwords = { current: goodPassword, next: 'another long and honest password' }
    await issuer.useCases.me.changePassword(passwords, callerOf(keeper.authorization, here.context))
    expect(before).toEqual([{ count: 52 }])
    expect(issuer.sql('select count(*) as count from authorizations where epoch = 0')).toEqual([{ count: 51 }])
  })
})
