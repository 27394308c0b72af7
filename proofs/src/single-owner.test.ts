import { describe, expect, it } from 'vitest'
import { openTestIssuer } from './test-issuer.ts'

const owners = "select count(*) as count from users where role = 'owner'"

describe('I7 the single owner', () => {
  it('is declined a second time', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser({ username: 'first', role: 'owner' })
    await expect(issuer.addUser({ username: 'second', role: 'owner' })).rejects.toMatchObject({ code: 'owner_exists' })
    expect(issuer.sql(owners)).toEqual([{ count: 1 }])
    expect(await issuer.store.users.findOwner()).toMatchObject({ username: 'first' })
  })

  it('is one, whichever of 100 callers is first', async () => {
    await using issuer = await openTestIssuer()
    const attempts = Array.from({ length: 100 }, (_, i) => issuer.addUser({ username: `user${i}`, role: 'owner' }))
    const reads: number[] = []
    const watching = (async () => {
      while (reads.length < 20) {
        reads.push(Number(issuer.sql(owners)[0]?.count))
        await new Promise(setImmediate)
      }
    })()
    const codes = (await Promise.allSettled(attempts)).map((it) => (it.status === 'rejected' ? it.reason.code : 'made'))
    await watching
    expect(codes.filter((code) => code === 'made').length).toBe(1)
    expect(codes.filter((code) => code === 'owner_exists').length).toBe(99)
    expect(Math.max(...reads)).toBeLessThanOrEqual(1)
    expect(issuer.sql(owners)).toEqual([{ count: 1 }])
  })

  it('cannot be two at the database either', async () => {
    await using issuer = await openTestIssuer()
    await issuer.addUser({ username: 'first', role: 'owner' })
    const second = await issuer.addUser({ username: 'second' })
    expect(() => issuer.sql("update users set role = 'owner' where id = ?", second.id)).toThrow()
    expect(issuer.sql(owners)).toEqual([{ count: 1 }])
  })

  it('a username is taken once, in whatever case', async () => {
    await using issuer = await openTestIssuer()
    const attempts = ['alice', 'Alice', 'ALICE', 'aLice'].map((username) => issuer.addUser({ username }))
    const codes = (await Promise.allSettled(attempts)).map((it) => (it.status === 'rejected' ? it.reason.code : 'made'))
    expect(codes.toSorted()).toEqual(['made', 'username_taken', 'username_taken', 'username_taken'])
  })
})
