import { describe, expect, it } from 'vitest'
import { createClient } from '../calls/client.ts'
import { manifoldBasic } from '../sources/manifold-basic.ts'
import { passwordSession } from '../sources/password-session.ts'
import { newProcess, refreshPath } from '../testing/client-process.ts'
import { startHttpServer } from '../testing/http-server.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { sessionRules } from '../testing/session-rules.ts'
import { memoryStore, type TokenStore } from './token-store.ts'

describe('a store without disk space', () => {
  const full = async (): Promise<never> => {
    throw Object.assign(new Error('no space left'), { code: 'store_unusable' })
  }

  it('is reported before a login is sent, and before a password is requested', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const store: TokenStore = { ...memoryStore(), reserve: full }
    let asked = 0
    const credentials = async () => {
      asked += 1
      return { username: 'ada', password: 'correct horse' }
    }
    await expect(newProcess(server, manualClock(), { store }).me()).rejects.toMatchObject({ code: 'store_unusable' })
    const typing = createClient({ baseUrl: server.url, auth: passwordSession({ credentials, store }) })
    await expect(typing.GET('/v1/me')).rejects.toMatchObject({ code: 'store_unusable' })
    const manifold = manifoldBasic({ username: 'ada', password: 'correct horse', store })
    const other = createClient({ baseUrl: server.url, auth: manifold })
    await expect(other.GET('/v1/me')).rejects.toMatchObject({ code: 'store_unusable' })
    expect({ asked, received: server.received }).toEqual({ asked: 0, received: [] })
  })

  it('is reported before a refresh token is spent, and the session continues when there is space', async () => {
    const rules = sessionRules()
    const server = await startHttpServer(rules.react)
    const store: { -readonly [Name in keyof TokenStore]: TokenStore[Name] } = memoryStore()
    const process = newProcess(server, manualClock(), { store })
    await process.me()
    rules.expireAccessTokens()
    store.reserve = full
    await expect(process.me()).rejects.toMatchObject({ code: 'store_unusable' })
    expect(server.count(refreshPath)).toBe(0)
    delete store.reserve
    expect(await process.me()).toMatchObject({ username: 'ada' })
    expect(rules).toMatchObject({ rotations: 1, logins: 1 })
  })

  it('releases its reserved space however a login ends', async () => {
    const rules = sessionRules({ password: 'other' })
    const server = await startHttpServer(rules.react)
    const memory = memoryStore()
    let reservations = 0
    const reserve = async () => {
      reservations += 1
      const release = async () => {
        reservations -= 1
      }
      return { replace: memory.replace, release }
    }
    const refused = newProcess(server, manualClock(), { store: { ...memory, reserve } })
    await expect(refused.me()).rejects.toMatchObject({ code: 'credentials_invalid' })
    const welcome = newProcess(server, manualClock(), { store: { ...memory, reserve }, password: 'other' })
    await welcome.me()
    rules.expireAccessTokens()
    await welcome.me()
    expect({ reservations, rotations: rules.rotations }).toEqual({ reservations: 0, rotations: 1 })
  })
})
