import { describe, expect, it } from 'vitest'
import { newProcess, refreshPath } from '../testing/client-process.ts'
import { type Received, startHttpServer } from '../testing/http-server.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { sessionRules } from '../testing/session-rules.ts'
import { SessionExpiredError } from '../transport/errors.ts'
import type { SessionRecord } from './record.ts'
import { memoryStore } from './token-store.ts'

/** A server at which something else happens while a request to this path is under way. */
async function overtaken(path: string) {
  const rules = sessionRules()
  const store = memoryStore()
  const clock = manualClock()
  let meanwhile: (() => unknown) | undefined
  const server = await startHttpServer(async (request: Received) => {
    const reaction = rules.react(request)
    const now = request.path === path ? meanwhile : undefined
    if (now) meanwhile = undefined
    await now?.()
    return reaction
  })
  return {
    rules,
    store,
    clock,
    server,
    /** Once, at the next request to that path, after the server has answered it for itself. */
    next: (what: () => unknown) => {
      meanwhile = what
    },
    remove: async () => void (await store.replace(await store.read(), undefined)),
    /** With which access tokens `/v1/me` was asked. */
    tokensShown: () =>
      server.received.filter((it) => it.path === '/v1/me').map((it) => String(it.headers.authorization).slice(7)),
  }
}

const typed = (asked: string[]) => ({
  password: undefined,
  relogin: false,
  credentials: async () => {
    asked.push('asked')
    return { username: 'ada', password: 'correct horse' }
  },
})

describe('a record that another process removes during a refresh', () => {
  it('N-476 ends the session here too: a client that may log in again does, and continues with what is stored', async () => {
    const { rules, store, clock, server, next, remove, tokensShown } = await overtaken(refreshPath)
    const process = newProcess(server, clock, { store })
    await process.me()
    clock.advance(601)
    next(remove)
    await process.me()
    await process.me()
    expect(rules.logins).toBe(2)
    const stored = await store.read()
    expect(stored?.accessToken).toBe(rules.accessToken())
    expect(tokensShown().slice(1)).toEqual([stored?.accessToken, stored?.accessToken])
  })

  it.each(['began', 'took up'])(
    'N-476 ends the session for a process that %s it and may not log in again: nobody is asked, nothing is sent',
    async (how) => {
      const { rules, store, clock, server, next, remove } = await overtaken(refreshPath)
      const asked: string[] = []
      const first = newProcess(server, clock, { store, ...typed(asked) } as never)
      await first.me()
      const process = how === 'began' ? first : newProcess(server, clock, { store, ...typed(asked) } as never)
      clock.advance(601)
      next(async () => {
        await remove()
        rules.revoke()
      })
      await expect(process.me()).rejects.toThrow(SessionExpiredError)
      const sent = server.received.length
      for (let call = 0; call < 3; call += 1) await expect(process.me()).rejects.toThrow(SessionExpiredError)
      expect(server.received).toHaveLength(sent)
      expect(asked).toEqual(['asked'])
      expect(await store.read()).toBeUndefined()
    },
  )

  it('N-476 is not put back by a refresh that the server had refused the access token of', async () => {
    const { rules, store, clock, server, next, remove } = await overtaken(refreshPath)
    const asked: string[] = []
    const process = newProcess(server, clock, { store, ...typed(asked) } as never)
    await process.me()
    rules.expireAccessTokens()
    next(remove)
    await expect(process.me()).rejects.toThrow(SessionExpiredError)
    await expect(process.me()).rejects.toThrow(SessionExpiredError)
    expect(await store.read()).toBeUndefined()
    expect(asked).toEqual(['asked'])
  })
})

describe('a record that another process removes before what was received can be stored', () => {
  it('N-476 ends the session for a process that took it up and may not log in again: no password is requested', async () => {
    const { store, clock, server, remove } = await overtaken(refreshPath)
    const asked: string[] = []
    await newProcess(server, clock, { store, ...typed(asked) } as never).me()
    clock.advance(601)
    let full = true
    const failing: typeof store = {
      read: store.read,
      replace: async (spent, record) => {
        if (full) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
        return store.replace(spent, record)
      },
    }
    const late = newProcess(server, clock, { store: failing, ...typed(asked) } as never)
    await expect(late.me()).rejects.toMatchObject({ code: 'ENOSPC' })
    full = false
    await remove()
    for (let call = 0; call < 2; call += 1) await expect(late.me()).rejects.toThrow(SessionExpiredError)
    expect(await store.read()).toBeUndefined()
    expect(asked).toEqual(['asked'])
  })
})

describe('a record that another process replaces during a refresh', () => {
  it('N-476 counts: what was received here is never used', async () => {
    const { store, clock, server, rules, next, tokensShown } = await overtaken(refreshPath)
    const process = newProcess(server, clock, { store, relogin: false })
    await process.me()
    clock.advance(601)
    let other: SessionRecord | undefined
    next(async () => {
      const spent = (await store.read()) as SessionRecord
      const times = { issuedAt: clock.epochSeconds(), expiresAt: clock.epochSeconds() + 600 }
      other = { ...spent, ...times, retryKey: 'o'.repeat(22), accessToken: rules.accessToken() }
      await store.replace(spent, other)
    })
    await process.me()
    clock.advance(60)
    await process.me()
    expect(tokensShown().slice(1)).toEqual([other?.accessToken, other?.accessToken])
    expect(await store.read()).toEqual(other)
  })
})

describe('a login that another process has overtaken', () => {
  it('N-476 ends the session that it began, also where the other one is over already', async () => {
    const { store, clock, server, next, remove } = await overtaken('/v1/sessions')
    const isOverByThen: typeof store = {
      read: store.read,
      replace: async (spent, record) => {
        const replaced = await store.replace(spent, record)
        if (!replaced) await remove()
        return replaced
      },
    }
    const process = newProcess(server, clock, { store: isOverByThen })
    next(() => newProcess(server, clock, { store }).me())
    await expect(process.me()).rejects.toThrow(SessionExpiredError)
    const ended = server.received.filter(({ method, path }) => method === 'DELETE' && path === '/v1/sessions/current')
    expect(ended.map(({ headers }) => headers.authorization)).toEqual(['Bearer access-1-1'])
    expect(await store.read()).toBeUndefined()
    expect(await process.me()).toMatchObject({ username: 'ada' })
  })
})
