import { callerOf, nativeSessionPolicy, newAuthorization, type TokenSet, writeHexToken } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { goodPassword } from './people.ts'
import { from, here, hexSessionPolicy, openTestIssuer, reveal, type TestIssuer } from './test-issuer.ts'

const aKey = 'k'.repeat(22)
const anotherKey = 'K'.repeat(22)
const refused = expect.objectContaining({ code: 'grant_invalid' })
const reused = expect.objectContaining({ code: 'refresh_token_reused' })

/** A issuer with alice in it, and her first token set. */
async function withSession(policy = nativeSessionPolicy) {
  const issuer = await openTestIssuer()
  await issuer.addUser()
  const first = await issuer.login('alice', policy)
  const by = { clientId: policy.clientId, dialect: policy.dialect }
  return {
    issuer,
    first,
    by,
    r0: reveal(first.refreshToken),
    a0: reveal(first.accessToken),
    id: first.authorization.id,
  }
}

const revokedAt = async (issuer: TestIssuer, id: string) =>
  (await issuer.store.authorizations.find(id))?.authorization.revokedAt

const outcomes = async (attempts: readonly Promise<TokenSet>[]) => {
  const settled = await Promise.allSettled(attempts)
  const codes = settled.map((it) => (it.status === 'fulfilled' ? 'rotated' : `${it.reason.code}`))
  return { codes, count: (code: string) => codes.filter((it) => it === code).length, settled }
}

describe.each([nativeSessionPolicy, hexSessionPolicy])(
  'refresh token rotation (RFC 9700 §4.14.2), $accessForm',
  (policy) => {
    it('exchanges the current token for the next generation', async () => {
      const { issuer, r0, by, id } = await withSession(policy)
      await using _ = issuer
      const next = await issuer.refresh(r0, { by })
      expect(next.authorization).toMatchObject({ id, generation: 1 })
      expect(reveal(next.refreshToken)).not.toBe(r0)
      expect(await issuer.accepts(reveal(next.accessToken))).toBe(true)
    })

    it('revokes the whole Authorization when a superseded token is presented again', async () => {
      const { issuer, r0, a0, by } = await withSession(policy)
      await using _ = issuer
      const next = await issuer.refresh(r0, { by })
      await expect(issuer.refresh(r0, { by })).rejects.toEqual(reused)
      await expect(issuer.refresh(reveal(next.refreshToken), { by })).rejects.toEqual(refused)
      for (const token of [a0, reveal(next.accessToken)]) expect(await issuer.accepts(token)).toBe(false)
    })

    it('keeps the revocation, with its audit row, even though the request is refused', async () => {
      const { issuer, r0, by, id } = await withSession(policy)
      await using _ = issuer
      await issuer.refresh(r0, { by })
      await expect(issuer.refresh(r0, { by })).rejects.toEqual(reused)
      await issuer.restart()
      expect(await revokedAt(issuer, id)).toBe(issuer.clock.now())
      const [newest] = await issuer.store.audit.list({ limit: 1 })
      expect(newest).toMatchObject({ action: 'authorization_reused', authorizationId: id, detail: { generation: 0 } })
    })

    it('answers a retry with its key with the same refresh token and a fresh access token', async () => {
      const { issuer, r0, by } = await withSession(policy)
      await using _ = issuer
      const next = await issuer.refresh(r0, { by, retryKey: aKey })
      issuer.clock.advance(60)
      const again = await issuer.refresh(r0, { by, retryKey: aKey })
      expect(reveal(again.refreshToken)).toBe(reveal(next.refreshToken))
      expect(await issuer.accepts(reveal(again.accessToken))).toBe(true)
      expect((await issuer.refresh(reveal(again.refreshToken), { by })).authorization.generation).toBe(2)
    })

    it('never says that a repeated access token lives longer than it does', async () => {
      const { issuer, r0, by } = await withSession(policy)
      await using _ = issuer
      await issuer.refresh(r0, { by, retryKey: aKey })
      issuer.clock.advance(45)
      const again = await issuer.refresh(r0, { by, retryKey: aKey })
      issuer.clock.advance(again.expiresInSeconds - 1)
      expect(await issuer.accepts(reveal(again.accessToken))).toBe(true)
      issuer.clock.advance(1)
      expect(await issuer.accepts(reveal(again.accessToken))).toBe(false)
    })

    it('treats another key as reuse', async () => {
      const { issuer, r0, by } = await withSession(policy)
      await using _ = issuer
      const next = await issuer.refresh(r0, { by, retryKey: aKey })
      await expect(issuer.refresh(r0, { by, retryKey: anotherKey })).rejects.toEqual(reused)
      expect(await issuer.accepts(reveal(next.accessToken))).toBe(false)
    })

    it('treats a missing key, and a key where there was none, as reuse', async () => {
      for (const [first, second] of [
        [aKey, undefined],
        [undefined, aKey],
      ]) {
        const { issuer, r0, by } = await withSession(policy)
        await using _ = issuer
        await issuer.refresh(r0, { by, ...(first && { retryKey: first }) })
        await expect(issuer.refresh(r0, { by, ...(second && { retryKey: second }) })).rejects.toEqual(reused)
      }
    })

    it('ends the retry window after 60 seconds, and the right key revokes nothing then', async () => {
      const { issuer, r0, by } = await withSession(policy)
      await using _ = issuer
      const next = await issuer.refresh(r0, { by, retryKey: aKey })
      issuer.clock.advance(61)
      const late = expect.objectContaining({ code: 'grant_invalid', outcome: 'refresh_late' })
      await expect(issuer.refresh(r0, { by, retryKey: aKey })).rejects.toEqual(late)
      const [newest] = await issuer.store.audit.list({ limit: 1 })
      expect(newest).toMatchObject({ action: 'refresh_late', detail: { generation: 0 } })
      expect((await issuer.refresh(reveal(next.refreshToken), { by })).authorization.generation).toBe(2)
    })

    it('N-437 a clock stepped back reopens neither retry window nor grace', async () => {
      const { issuer, r0, by } = await withSession(policy)
      await using _ = issuer
      await issuer.refresh(r0, { by, retryKey: aKey })
      issuer.clock.advance(61)
      issuer.clock.stepBack(61)
      await expect(issuer.refresh(r0, { by, retryKey: aKey })).rejects.toEqual(refused)
      await expect(issuer.refresh(r0, { by, grace: { seconds: 60, answer: 'successor' } })).rejects.toEqual(reused)
    })

    it('answers a repeat within the grace with the same successor, or refuses it; neither revokes', async () => {
      const { issuer, r0, by, id } = await withSession(policy)
      await using _ = issuer
      const next = await issuer.refresh(r0, { by })
      const again = await issuer.refresh(r0, { by, grace: { seconds: 60, answer: 'successor' } })
      expect(reveal(again.refreshToken)).toBe(reveal(next.refreshToken))
      expect(await issuer.accepts(reveal(again.accessToken))).toBe(true)
      const repeated = expect.objectContaining({ code: 'grant_invalid', outcome: 'refresh_repeated' })
      await expect(issuer.refresh(r0, { by, grace: { seconds: 60, answer: 'refuse' } })).rejects.toEqual(repeated)
      const [newest] = await issuer.store.audit.list({ limit: 1 })
      expect(newest).toMatchObject({ action: 'refresh_repeated', authorizationId: id, detail: { generation: 0 } })
      expect(await revokedAt(issuer, id)).toBeUndefined()
    })

    it.each([
      ['2001:db8::1', '2001:db8::ffff:1', 'repeated'],
      ['2001:db8::1', '2001:db8:0:1::1', 'reused'],
      ['::ffff:192.0.2.1', '192.0.2.1', 'repeated'],
      ['192.0.2.1', '192.0.2.2', 'reused'],
      ['somewhere', 'somewhere', 'reused'],
      [undefined, '192.0.2.1', 'reused'],
    ])('takes a repeat at %s and then %s for %s', async (first, second, taken) => {
      const { issuer, r0, by } = await withSession(policy)
      await using _ = issuer
      const request = { refreshToken: r0, by, grace: { seconds: 60, answer: 'refuse' } } as const
      await issuer.useCases.refresh.exchange(request, from(first))
      const again = issuer.useCases.refresh.exchange(request, from(second))
      await expect(again).rejects.toEqual(taken === 'reused' ? reused : refused)
    })

    it('ends the retry window when the successor was used', async () => {
      const { issuer, r0, by, id } = await withSession(policy)
      await using _ = issuer
      const next = await issuer.refresh(r0, { by, retryKey: aKey })
      await issuer.refresh(reveal(next.refreshToken), { by, retryKey: aKey })
      await expect(issuer.refresh(r0, { by, retryKey: aKey })).rejects.toEqual(reused)
      expect(await revokedAt(issuer, id)).toBeDefined()
    })

    it('answers a retry that reaches another process, or the same one after a restart', async () => {
      const { issuer, r0, by } = await withSession(policy)
      await using _ = issuer
      const next = await issuer.refresh(r0, { by, retryKey: aKey })
      await using other = await issuer.another()
      const there = await issuer.refresh(r0, { by, retryKey: aKey }, other)
      await issuer.restart()
      const later = await issuer.refresh(r0, { by, retryKey: aKey })
      expect([there, later].map((set) => reveal(set.refreshToken))).toEqual(Array(2).fill(reveal(next.refreshToken)))
    })

    it('a replay writes nothing', async () => {
      const { issuer, r0, by } = await withSession(policy)
      await using _ = issuer
      await issuer.refresh(r0, { by, retryKey: aKey })
      const before = issuer.sql('select count(*) as rows from audit')
      await issuer.refresh(r0, { by, retryKey: aKey })
      expect(issuer.sql('select count(*) as rows from audit')).toEqual(before)
    })
  },
)

describe('refreshing at once', () => {
  it.each([2, 10, 100, 1000])('of %i callers without a key exactly one wins, and then none', async (callers) => {
    const { issuer, r0, id } = await withSession()
    await using _ = issuer
    const { count, settled } = await outcomes(Array.from({ length: callers }, () => issuer.refresh(r0)))
    expect([count('rotated'), count('refresh_token_reused') + count('grant_invalid')]).toEqual([1, callers - 1])
    expect(await revokedAt(issuer, id)).toBeDefined()
    const winner = settled.find((it) => it.status === 'fulfilled')
    await expect(issuer.refresh(reveal(winner?.value.refreshToken))).rejects.toEqual(refused)
  })

  it.each([2, 100, 1000])('%i callers with one key all get the same successor', async (callers) => {
    const { issuer, r0 } = await withSession()
    await using _ = issuer
    await using other = await issuer.another()
    const attempts = Array.from({ length: callers }, (_, caller) =>
      issuer.refresh(r0, { retryKey: aKey }, caller % 2 === 0 ? issuer.useCases : other),
    )
    const successors = new Set((await Promise.all(attempts)).map((set) => reveal(set.refreshToken)))
    expect(successors.size).toBe(1)
    expect(issuer.sql('select generation, revoked_at from authorizations')).toEqual([
      { generation: 1, revoked_at: null },
    ])
  })

  it('of 100 callers with 100 keys one wins, and the Authorization dies', async () => {
    const { issuer, r0, id } = await withSession()
    await using _ = issuer
    const keys = Array.from({ length: 100 }, (_, i) => `${i}`.padStart(22, 'x'))
    const { count } = await outcomes(keys.map((retryKey) => issuer.refresh(r0, { retryKey })))
    expect([count('rotated'), count('refresh_token_reused'), count('grant_invalid')]).toEqual([1, 1, 98])
    expect(await revokedAt(issuer, id)).toBeDefined()
  })
})

describe('a client that cannot send a key (S4)', () => {
  /** A session given through a registered client with a leeway. */
  async function withLeeway(reuseLeewaySeconds: number) {
    const issuer = await openTestIssuer()
    const user = await issuer.addUser()
    const { client } = await issuer.addClient({ reuseLeewaySeconds })
    const by = { clientId: client.id, dialect: 'oauth' }
    const policy = { ...nativeSessionPolicy, ...by }
    const first = await issuer.useCases.sessions.open({ who: { user, factors: ['password'] }, policy }, here)
    return { issuer, by, r0: reveal(first.refreshToken) }
  }

  it('N-060 is given the same successor within its leeway, never a branch', async () => {
    const { issuer, by, r0 } = await withLeeway(30)
    await using _ = issuer
    const next = await issuer.refresh(r0, { by })
    issuer.clock.advance(30)
    const again = await issuer.refresh(r0, { by })
    expect(reveal(again.refreshToken)).toBe(reveal(next.refreshToken))
    issuer.clock.advance(1)
    await expect(issuer.refresh(r0, { by })).rejects.toEqual(reused)
  })

  it('N-059 is refused with any older ancestor, and its Authorization dies', async () => {
    const { issuer, by, r0 } = await withLeeway(30)
    await using _ = issuer
    const next = await issuer.refresh(r0, { by })
    const last = await issuer.refresh(reveal(next.refreshToken), { by })
    await expect(issuer.refresh(r0, { by })).rejects.toEqual(reused)
    await expect(issuer.refresh(reveal(last.refreshToken), { by })).rejects.toEqual(refused)
  })

  it('still has at most one live token after 100 refreshes at once', async () => {
    const { issuer, by, r0 } = await withLeeway(30)
    await using _ = issuer
    const sets = await Promise.all(Array.from({ length: 100 }, () => issuer.refresh(r0, { by })))
    expect(new Set(sets.map((set) => reveal(set.refreshToken))).size).toBe(1)
  })
})

describe('what a refresh token is bound to', () => {
  it('its client and its dialect: presented by others it is refused, and stays valid', async () => {
    const { issuer, r0, by } = await withSession()
    await using _ = issuer
    const { client } = await issuer.addClient()
    const strangers = [
      { ...by, clientId: client.id },
      { ...by, dialect: 'oauth' },
      { clientId: client.id, dialect: 'oauth' },
    ]
    for (const stranger of strangers) await expect(issuer.refresh(r0, { by: stranger })).rejects.toEqual(refused)
    const next = await issuer.refresh(r0)
    for (const stranger of strangers) await expect(issuer.refresh(r0, { by: stranger })).rejects.toEqual(refused)
    expect((await issuer.refresh(reveal(next.refreshToken))).authorization.generation).toBe(2)
  })

  it('N-061 its absolute end: rotation every day gains nothing', async () => {
    const { issuer, r0, a0 } = await withSession()
    await using _ = issuer
    let token = r0
    for (let day = 1; day < 30; day++) {
      issuer.clock.advance(86_400)
      const set = await issuer.refresh(token)
      expect(set.refreshExpiresInSeconds).toBe((30 - day) * 86_400)
      token = reveal(set.refreshToken)
    }
    issuer.clock.advance(86_399)
    const last = await issuer.refresh(token)
    expect([last.expiresInSeconds, last.refreshExpiresInSeconds]).toEqual([1, 1])
    issuer.clock.advance(1)
    await expect(issuer.refresh(reveal(last.refreshToken))).rejects.toEqual(refused)
    for (const access of [a0, reveal(last.accessToken)]) expect(await issuer.accepts(access)).toBe(false)
  })

  it('its scope: a request for more is refused and does not spend the token', async () => {
    const { issuer, r0 } = await withSession()
    await using _ = issuer
    for (const scope of ['read admin', 'admin', '']) {
      await expect(issuer.refresh(r0, { scope })).rejects.toEqual(expect.objectContaining({ code: 'scope_invalid' }))
    }
    const narrow = await issuer.refresh(r0, { scope: 'read' })
    expect(narrow.scope).toEqual(['read'])
    const check = await issuer.useCases.accessTokens.check(reveal(narrow.accessToken))
    expect(check).toMatchObject({ access: { scope: ['read'] } })
    expect((await issuer.refresh(reveal(narrow.refreshToken))).scope).toEqual(['read', 'write'])
  })

  it('its role: read anew each time, lowered at once, never raised', async () => {
    const issuer = await openTestIssuer()
    await using _ = issuer
    const user = await issuer.addUser({ role: 'manager' })
    const first = await issuer.login()
    const roleNow = async (token: string) => {
      const check = await issuer.useCases.accessTokens.check(token)
      return check.outcome === 'active' ? check.access.role : check.outcome
    }
    await issuer.change("update users set role = 'viewer' where id = ?", user.id)
    expect(await roleNow(reveal(first.accessToken))).toBe('viewer')
    const lowered = await issuer.refresh(reveal(first.refreshToken))
    expect(lowered.role).toBe('viewer')
    await issuer.change("update users set role = 'owner' where id = ?", user.id)
    expect(await roleNow(reveal(lowered.accessToken))).toBe('viewer')
    const raised = await issuer.refresh(reveal(lowered.refreshToken))
    expect(raised.role).toBe('manager')
    expect(await roleNow(reveal(raised.accessToken))).toBe('manager')
  })

  it('its use: no other token refreshes, and it is good for nothing else', async () => {
    const { issuer, r0, a0 } = await withSession()
    await using _ = issuer
    const { client, secret } = await issuer.addClient({ tokenForm: 'opaque' })
    const machine = reveal((await issuer.machineToken(client)).accessToken)
    const hex = await issuer.login('alice', hexSessionPolicy)
    const cookie = reveal(issuer.useCases.accessTokens.issueCookie(hex.authorization.id))
    for (const token of [a0, machine, reveal(secret), reveal(hex.accessToken), cookie, '', 'x', `${r0} `]) {
      await expect(issuer.refresh(token)).rejects.toEqual(refused)
      await expect(issuer.refresh(token, { by: { clientId: client.id, dialect: 'oauth' } })).rejects.toEqual(refused)
    }
    for (const token of [r0, reveal(hex.refreshToken), reveal(secret), cookie])
      expect(await issuer.accepts(token)).toBe(false)
    expect((await issuer.useCases.accessTokens.checkCookie(reveal(hex.accessToken))).outcome).toBe('invalid')
    expect((await issuer.useCases.accessTokens.checkCookie(cookie)).outcome).toBe('active')
  })

  it('its generation: one that was never handed out is unknown, and ends no session', async () => {
    const { issuer, first, by, id } = await withSession(hexSessionPolicy)
    await using _ = issuer
    for (const generation of [1, 5, 0xffff_ffff]) {
      const future = writeHexToken(issuer.ring.current(issuer.clock.latest()), 'hex refresh', {
        authorizationId: id,
        generation,
      })
      await expect(issuer.refresh(future, { by })).rejects.toEqual(refused)
    }
    expect((await issuer.refresh(reveal(first.refreshToken), { by })).authorization.generation).toBe(1)
  })
})

describe('what ends a refresh token', () => {
  it('N-253 use, for good: it is refused after any number of restarts', async () => {
    const { issuer, r0 } = await withSession()
    await using _ = issuer
    await issuer.refresh(r0)
    for (let i = 0; i < 5; i++) await issuer.restart()
    await expect(issuer.refresh(r0)).rejects.toEqual(reused)
    await issuer.restart()
    await expect(issuer.refresh(r0)).rejects.toEqual(refused)
  })

  it('disabling or deleting its user', async () => {
    const { issuer, r0, a0 } = await withSession()
    await using _ = issuer
    await issuer.change('update users set disabled_at = ?, version = version + 1', issuer.clock.now())
    await expect(issuer.refresh(r0)).rejects.toEqual(refused)
    await issuer.change('delete from users')
    await expect(issuer.refresh(r0)).rejects.toEqual(refused)
    expect(await issuer.accepts(a0)).toBe(false)
  })

  it('a change of password, but for the session that changed it', async () => {
    const { issuer, first, r0 } = await withSession()
    await using _ = issuer
    const other = await issuer.login()
    const passwords = { current: goodPassword, next: 'another long and honest password' }
    await issuer.useCases.me.changePassword(passwords, callerOf(other.authorization, here.context))
    await expect(issuer.refresh(r0)).rejects.toEqual(refused)
    expect(await issuer.accepts(reveal(first.accessToken))).toBe(false)
    expect(await issuer.accepts(reveal(other.accessToken))).toBe(true)
    expect((await issuer.refresh(reveal(other.refreshToken))).authorization.generation).toBe(1)
  })

  it('not a commit that fails: nothing has changed, and the token still works with the same key', async () => {
    const writes = [
      { on: 'insert', table: 'rotations' },
      { on: 'update', table: 'authorizations' },
    ] as const
    for (const write of writes) {
      const { issuer, r0, id } = await withSession()
      await using _ = issuer
      {
        using _fault = issuer.refuse(write)
        await expect(issuer.refresh(r0, { retryKey: aKey })).rejects.toMatchObject({ name: 'StoreError' })
        expect((await issuer.store.authorizations.find(id))?.authorization).toMatchObject({
          generation: 0,
          retryKeyDigest: undefined,
        })
      }
      expect((await issuer.refresh(r0, { retryKey: aKey })).authorization.generation).toBe(1)
    }
  })

  it('not a failed report of reuse: the next one reports and revokes', async () => {
    const { issuer, r0, id } = await withSession()
    await using _ = issuer
    await issuer.refresh(r0)
    {
      using _fault = issuer.refuse({ on: 'insert', table: 'audit' })
      await expect(issuer.refresh(r0)).rejects.toMatchObject({ name: 'StoreError' })
      expect(await revokedAt(issuer, id)).toBeUndefined()
    }
    await expect(issuer.refresh(r0)).rejects.toEqual(reused)
  })

  it('N-248 its end, for good: a clock stepped back does not bring it back', async () => {
    const { issuer, r0, a0 } = await withSession()
    await using _ = issuer
    issuer.clock.advance(30 * 86_400)
    await expect(issuer.refresh(r0)).rejects.toEqual(refused)
    issuer.clock.stepBack(30 * 86_400)
    await expect(issuer.refresh(r0)).rejects.toEqual(refused)
    expect(await issuer.accepts(a0)).toBe(false)
  })
})

it('every path that opens a session stores its Authorization with client, dialect and factors', async () => {
  await using issuer = await openTestIssuer()
  await issuer.addUser()
  for (const policy of [nativeSessionPolicy, hexSessionPolicy]) {
    const { authorization } = await issuer.login('alice', policy, goodPassword, from('2001:db8::1'))
    const stored = await issuer.store.authorizations.find(authorization.id)
    expect(stored?.authorization).toEqual(newAuthorization(authorization, issuer.domain))
    expect(stored?.authorization).toMatchObject({
      clientId: policy.clientId,
      dialect: policy.dialect,
      factors: ['password'],
    })
  }
})
