import { describe, expect, it } from 'vitest'
import { createClient } from '../calls/client.ts'
import { passwordSession } from '../sources/password-session.ts'
import { newProcess, refreshPath } from '../testing/client-process.ts'
import { startHttpServer } from '../testing/http-server.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { sessionRules } from '../testing/session-rules.ts'
import { memoryStore } from './token-store.ts'

const endPath = '/v1/sessions/current'

async function startSession() {
  const rules = sessionRules()
  const server = await startHttpServer(rules.react)
  const clock = manualClock()
  const store = memoryStore()
  return { rules, server, clock, store, process: newProcess(server, clock, { store }) }
}

describe('signing out', () => {
  it('of a session that was never begun requests no password, and sends the server nothing', async () => {
    const { server, clock, store } = await startSession()
    let asked = 0
    const credentials = async () => {
      asked += 1
      return { username: 'ada', password: 'correct horse' }
    }
    const client = createClient({ baseUrl: server.url, auth: passwordSession({ credentials, store }), clock })
    await client.signOut()
    expect(asked).toBe(0)
    expect(server.received).toEqual([])
  })

  it('of a session that the server ended begins no other', async () => {
    const { rules, process, store } = await startSession()
    await process.me()
    rules.revoke()
    await process.signOut()
    expect(rules.logins).toBe(1)
    expect(await store.read()).toBeUndefined()
  })

  it('with an access token that has expired refreshes first, and ends the session at the server', async () => {
    const { rules, server, clock, process, store } = await startSession()
    await process.me()
    clock.advance(601)
    rules.expireAccessTokens()
    await process.signOut()
    expect(server.received.slice(-2).map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST ${refreshPath}`,
      `DELETE ${endPath}`,
    ])
    expect(server.received.at(-1)?.headers.authorization).toBe(`Bearer ${rules.accessToken()}`)
    expect(await store.read()).toBeUndefined()
  })

  it('with an access token that the server refuses refreshes, and ends the session at the server', async () => {
    const { rules, server, process } = await startSession()
    await process.me()
    rules.expireAccessTokens()
    await process.signOut()
    const asked = server.received.map(({ path }) => path).filter((path) => !path.startsWith('/.well-known/'))
    expect(asked.slice(-3)).toEqual([endPath, refreshPath, endPath])
    expect(server.received.at(-1)?.headers.authorization).toBe(`Bearer ${rules.accessToken()}`)
  })

  it('while the session is being begun waits for it, and ends it', async () => {
    const rules = sessionRules()
    let signedOut: Promise<void> | undefined
    const server = await startHttpServer((request) => {
      if (request.path === '/v1/sessions') signedOut = process.signOut()
      return rules.react(request)
    })
    const store = memoryStore()
    const process = newProcess(server, manualClock(), { store, relogin: false })
    // Which of the two reaches the server first is anybody's guess.
    await Promise.allSettled([process.me()])
    await signedOut
    expect(server.count(endPath)).toBe(1)
    expect(await store.read()).toBeUndefined()
  })
})
