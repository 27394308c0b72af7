import type { Client, TokenForm } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { here, openWorld, reveal } from './world.ts'

async function withClient(tokenForm: TokenForm) {
  const world = await openWorld()
  const { client } = await world.addClient({ tokenForm, audience: ['https://api.example'] })
  const token = async () => reveal((await world.machineToken(client)).accessToken)
  const revoke = (text: string, by: Client = client) =>
    world.useCases.revocation.revokeToken({ token: text, clientId: by.id }, here)
  return { world, client, token, revoke }
}

describe.each(['jwt', 'opaque'] as const)('a standing Authorization, tokens in %s form', (form) => {
  it('1,000 issues write nothing but the first', async () => {
    const { world, token } = await withClient(form)
    await using _ = world
    const before = world.store.statistics()
    await token()
    expect(world.store.statistics().writes - before.writes).toBe(1)
    const after = world.store.statistics()
    const issued = new Set<string>()
    for (let i = 0; i < 1000; i++) issued.add(await token())
    expect(issued.size).toBe(1000)
    expect(world.store.statistics()).toEqual({ ...after, reads: after.reads + 1000, known: after.known + 999 })
    expect(world.sql('select count(*) as count from authorizations')).toEqual([{ count: 1 }])
  })

  it('1,000 checks write nothing and read once each', async () => {
    const { world, token } = await withClient(form)
    await using _ = world
    const text = await token()
    const before = world.store.statistics()
    for (let i = 0; i < 1000; i++) expect(await world.accepts(text)).toBe(true)
    expect(world.store.statistics()).toEqual({ ...before, reads: before.reads + 1000, known: before.known + 999 })
  })

  it('issues and uses are counted in memory and written together', async () => {
    const { world, client, token } = await withClient(form)
    await using _ = world
    const texts = [await token(), await token(), await token()]
    for (const text of texts) await world.accepts(text)
    const before = world.store.statistics()
    await world.domain.usage.flush(world.store.usage)
    expect(world.store.statistics().commits - before.commits).toBe(1)
    const minute = Math.floor(world.clock.now() / 60)
    expect(world.sql('select * from issue_counts')).toEqual([{ client_id: client.id, minute, issued: 3 }])
    expect(world.sql('select last_used_at from authorizations')).toEqual([{ last_used_at: world.clock.now() }])
  })

  it('is made once, however many ask for the first token at once, over two processes', async () => {
    const { world, client } = await withClient(form)
    await using _ = world
    await using other = await world.another()
    const sets = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        (i % 2 === 0 ? world.useCases : other).clientCredentials.issue({ client }, here),
      ),
    )
    expect(new Set(sets.map((set) => set.authorization.id)).size).toBe(1)
    expect(world.sql("select count(*) as count from audit where action = 'authorization_created'")).toEqual([
      { count: 1 },
    ])
    for (const set of sets) expect(await world.accepts(reveal(set.accessToken))).toBe(true)
  })

  it('is one for each scope and audience, in whatever order they are asked for', async () => {
    const { world, client } = await withClient(form)
    await using _ = world
    const idOf = async (scope?: string, audience?: readonly string[]) =>
      (await world.useCases.clientCredentials.issue({ client, scope, audience }, here)).authorization.id
    const both = ['https://auth.example', 'https://api.example']
    expect(await idOf('write read')).toBe(await idOf('read write'))
    expect(await idOf('read write')).toBe(await idOf())
    expect(await idOf('read')).not.toBe(await idOf())
    expect(await idOf(undefined, both)).toBe(await idOf(undefined, [...both].reverse()))
    expect(await idOf(undefined, both)).not.toBe(await idOf())
    const refusedTarget = expect.objectContaining({ code: 'target_invalid' })
    await expect(idOf(undefined, ['https://other.example'])).rejects.toEqual(refusedTarget)
    await expect(idOf('read admin')).rejects.toEqual(expect.objectContaining({ code: 'scope_invalid' }))
  })

  it('N-282 of two tokens of one second one can be revoked: it stays dead over restart and garbage collection', async () => {
    const { world, token, revoke } = await withClient(form)
    await using _ = world
    const [dead, alive] = [await token(), await token()]
    await revoke(dead)
    const both = async () => [await world.accepts(dead), await world.accepts(alive)]
    expect(await both()).toEqual([false, true])
    await world.restart()
    await world.store.authorizations.collectGarbage(world.clock.latest())
    expect(await both()).toEqual([false, true])
    world.clock.advance(3599)
    await world.store.authorizations.collectGarbage(world.clock.latest())
    expect(await both()).toEqual([false, true])
    world.clock.advance(1)
    expect(await both()).toEqual([false, false])
    world.clock.advance(40 * 86_400)
    await world.store.authorizations.collectGarbage(world.clock.latest())
    expect(world.sql('select count(*) as count from revoked_tokens')).toEqual([{ count: 0 }])
    world.clock.stepBack(40 * 86_400 + 3600)
    expect(await both()).toEqual([false, false])
  })

  it('N-282 revoking a token twice, or an expired one, stores nothing', async () => {
    const { world, token, revoke } = await withClient(form)
    await using _ = world
    const text = await token()
    await revoke(text)
    await revoke(text)
    const late = await token()
    world.clock.advance(3600)
    await revoke(late)
    expect(world.sql('select count(*) as count from revoked_tokens')).toEqual([{ count: 1 }])
    expect(world.sql("select count(*) as count from audit where action = 'token_revoked'")).toEqual([{ count: 1 }])
  })

  it('revoking the standing one ends all its tokens, and the next issue begins another', async () => {
    const { world, client, token } = await withClient(form)
    await using _ = world
    const old = [await token(), await token()]
    const { authorization } = await world.machineToken(client)
    await world.useCases.revocation.revoke(authorization, here)
    for (const text of old) expect(await world.accepts(text)).toBe(false)
    const fresh = await token()
    expect(await world.accepts(fresh)).toBe(true)
    for (const text of old) expect(await world.accepts(text)).toBe(false)
  })

  it('gives no refresh token, and an hour of life', async () => {
    const { world, client } = await withClient(form)
    await using _ = world
    const set = await world.machineToken(client)
    expect([set.refreshToken, set.refreshExpiresInSeconds, set.expiresInSeconds]).toEqual([undefined, undefined, 3600])
    world.clock.advance(3599)
    expect(await world.accepts(reveal(set.accessToken))).toBe(true)
    world.clock.advance(1)
    expect((await world.useCases.accessTokens.check(reveal(set.accessToken))).outcome).toBe('expired')
  })

  it('I4 a role lowered since works at once, and a raised one does not widen what was granted', async () => {
    const world = await openWorld()
    await using _ = world
    const { client } = await world.addClient({ tokenForm: form, role: 'manager' })
    const text = reveal((await world.machineToken(client)).accessToken)
    const role = async () => {
      const check = await world.useCases.accessTokens.check(text)
      return check.outcome === 'active' ? check.access.role : check.outcome
    }
    expect(await role()).toBe('manager')
    await world.change("update clients set role = 'viewer'")
    expect(await role()).toBe('viewer')
    await world.change("update clients set role = 'owner'")
    expect(await role()).toBe('manager')
  })
})
