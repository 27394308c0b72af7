import type { Client, TokenForm } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { here, issuerUrl, openTestIssuer, reveal } from './test-issuer.ts'

async function withClient(tokenForm: TokenForm) {
  const issuer = await openTestIssuer()
  await issuer.useCases.apis.create({ identifier: 'https://api.example', name: 'API' }, here)
  const apis = [issuerUrl, 'https://api.example'].map((identifier) => ({ identifier }))
  const { client } = await issuer.addClient({ tokenForm, apis })
  const token = async () => reveal((await issuer.machineToken(client)).accessToken)
  const revoke = (text: string, by: Client = client) =>
    issuer.useCases.revocation.revokeToken({ token: text, clientId: by.id }, here)
  return { issuer, client, token, revoke }
}

describe.each(['jwt', 'opaque'] as const)('a standing Authorization, tokens in %s form', (form) => {
  it('1,000 issues write nothing but the first', async () => {
    const { issuer, token } = await withClient(form)
    await using _ = issuer
    const before = issuer.store.statistics()
    await token()
    expect(issuer.store.statistics().writes - before.writes).toBe(1)
    const after = issuer.store.statistics()
    const issued = new Set<string>()
    for (let i = 0; i < 1000; i++) issued.add(await token())
    expect(issued.size).toBe(1000)
    const known = after.known + (issuer.remembersAnswers ? 999 : 0)
    expect(issuer.store.statistics()).toEqual({ ...after, reads: after.reads + 1000, known })
    expect(issuer.sql('select count(*) as count from authorizations')).toEqual([{ count: 1 }])
  })

  it('1,000 checks write nothing and read once each', async () => {
    const { issuer, token } = await withClient(form)
    await using _ = issuer
    const text = await token()
    const before = issuer.store.statistics()
    for (let i = 0; i < 1000; i++) expect(await issuer.accepts(text)).toBe(true)
    const known = before.known + (issuer.remembersAnswers ? 999 : 0)
    expect(issuer.store.statistics()).toEqual({ ...before, reads: before.reads + 1000, known })
  })

  it('issues and uses are counted in memory and written together', async () => {
    const { issuer, client, token } = await withClient(form)
    await using _ = issuer
    const texts = [await token(), await token(), await token()]
    for (const text of texts) await issuer.accepts(text)
    const before = issuer.store.statistics()
    await issuer.domain.usage.flush(issuer.store.usage)
    expect(issuer.store.statistics().commits - before.commits).toBe(1)
    const minute = Math.floor(issuer.clock.now() / 60)
    expect(issuer.sql('select * from issue_counts')).toEqual([{ client_id: client.id, minute, issued: 3 }])
    expect(issuer.sql('select last_used_at from authorizations')).toEqual([{ last_used_at: issuer.clock.now() }])
  })

  it('is made once, however many ask for the first token at once, over two processes', async () => {
    const { issuer, client } = await withClient(form)
    await using _ = issuer
    await using other = await issuer.another()
    const sets = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        (i % 2 === 0 ? issuer.useCases : other).clientCredentials.issue({ client }, here),
      ),
    )
    expect(new Set(sets.map((set) => set.authorization.id)).size).toBe(1)
    expect(issuer.sql("select count(*) as count from audit where action = 'authorization_created'")).toEqual([
      { count: 1 },
    ])
    for (const set of sets) expect(await issuer.accepts(reveal(set.accessToken))).toBe(true)
  })

  it('is one for each API and scope, in whatever order the scope is requested', async () => {
    const { issuer, client } = await withClient(form)
    await using _ = issuer
    const idOf = async (scope?: string, resources?: readonly string[]) =>
      (await issuer.useCases.clientCredentials.issue({ client, scope, resources }, here)).authorization.id
    expect(await idOf('write read')).toBe(await idOf('read write'))
    expect(await idOf('read write')).toBe(await idOf())
    expect(await idOf('read')).not.toBe(await idOf())
    expect(await idOf(undefined, ['https://api.example'])).toBe(await idOf(undefined, ['https://api.example']))
    expect(await idOf(undefined, ['https://api.example'])).not.toBe(await idOf())
    const refusedTarget = expect.objectContaining({ code: 'target_invalid' })
    await expect(idOf(undefined, ['https://other.example'])).rejects.toEqual(refusedTarget)
    await expect(idOf(undefined, [issuerUrl, 'https://api.example'])).rejects.toEqual(refusedTarget)
    await expect(idOf('read admin')).rejects.toEqual(expect.objectContaining({ code: 'scope_invalid' }))
  })

  it('N-282 of two tokens of one second one can be revoked: it stays dead over restart and garbage collection', async () => {
    const { issuer, token, revoke } = await withClient(form)
    await using _ = issuer
    const [dead, alive] = [await token(), await token()]
    await revoke(dead)
    const both = async () => [await issuer.accepts(dead), await issuer.accepts(alive)]
    expect(await both()).toEqual([false, true])
    await issuer.restart()
    await issuer.store.authorizations.collectGarbage(issuer.clock.latest())
    expect(await both()).toEqual([false, true])
    issuer.clock.advance(3599)
    await issuer.store.authorizations.collectGarbage(issuer.clock.latest())
    expect(await both()).toEqual([false, true])
    issuer.clock.advance(1)
    expect(await both()).toEqual([false, false])
    issuer.clock.advance(40 * 86_400)
    await issuer.store.authorizations.collectGarbage(issuer.clock.latest())
    expect(issuer.sql('select count(*) as count from revoked_tokens')).toEqual([{ count: 0 }])
    issuer.clock.stepBack(40 * 86_400 + 3600)
    expect(await both()).toEqual([false, false])
  })

  it('N-282 revoking a token twice, or an expired one, stores nothing', async () => {
    const { issuer, token, revoke } = await withClient(form)
    await using _ = issuer
    const text = await token()
    await revoke(text)
    await revoke(text)
    const late = await token()
    issuer.clock.advance(3600)
    await revoke(late)
    expect(issuer.sql('select count(*) as count from revoked_tokens')).toEqual([{ count: 1 }])
    expect(issuer.sql("select count(*) as count from audit where action = 'token_revoked'")).toEqual([{ count: 1 }])
  })

  it('revoking the standing one ends all its tokens, and the next issue begins another', async () => {
    const { issuer, client, token } = await withClient(form)
    await using _ = issuer
    const old = [await token(), await token()]
    const { authorization } = await issuer.machineToken(client)
    await issuer.useCases.revocation.revoke(authorization, here)
    for (const text of old) expect(await issuer.accepts(text)).toBe(false)
    const fresh = await token()
    expect(await issuer.accepts(fresh)).toBe(true)
    for (const text of old) expect(await issuer.accepts(text)).toBe(false)
  })

  it('gives no refresh token, and an hour of life', async () => {
    const { issuer, client } = await withClient(form)
    await using _ = issuer
    const set = await issuer.machineToken(client)
    expect([set.refreshToken, set.refreshExpiresInSeconds, set.expiresInSeconds]).toEqual([undefined, undefined, 3600])
    issuer.clock.advance(3599)
    expect(await issuer.accepts(reveal(set.accessToken))).toBe(true)
    issuer.clock.advance(1)
    expect((await issuer.useCases.accessTokens.check(reveal(set.accessToken))).outcome).toBe('expired')
  })

  it('I4 a role lowered since works at once, and a raised one does not widen what was granted', async () => {
    const issuer = await openTestIssuer()
    await using _ = issuer
    const { client } = await issuer.addClient({ tokenForm: form, role: 'manager' })
    const text = reveal((await issuer.machineToken(client)).accessToken)
    const role = async () => {
      const check = await issuer.useCases.accessTokens.check(text)
      return check.outcome === 'active' ? check.access.role : check.outcome
    }
    expect(await role()).toBe('manager')
    await issuer.change("update clients set role = 'viewer'")
    expect(await role()).toBe('viewer')
    await issuer.change("update clients set role = 'owner'")
    expect(await role()).toBe('manager')
  })
})
