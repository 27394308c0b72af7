import { describe, expect, it } from 'vitest'
import { newProcess, refreshPath } from '../testing/client-process.ts'
import { startHttpServer } from '../testing/http-server.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { sessionRules } from '../testing/session-rules.ts'
import { memoryStore } from './token-store.ts'

describe('the times of a stored record', () => {
  it.each(['/v1/sessions', refreshPath])(
    'N-478 count the life of the token from when it was asked for at %s, however late the answer was',
    async (path) => {
      const rules = sessionRules({ expiresIn: 600 })
      const clock = manualClock()
      const store = memoryStore()
      let askedAt = 0
      const server = await startHttpServer((request) => {
        const reaction = rules.react(request)
        if (request.path === path) {
          askedAt = clock.epochSeconds()
          clock.advance(9)
        }
        return reaction
      })
      const process = newProcess(server, clock, { store })
      await process.me()
      if (path === refreshPath) {
        clock.advance(601)
        await process.me()
      }
      const stored = await store.read()
      expect(stored?.issuedAt).toBe(askedAt + 9)
      expect(stored?.expiresAt).toBe(askedAt + 600)
      // Another process that takes it up does not show it beyond its end.
      const refreshes = server.count(refreshPath)
      clock.advance(600 - 9)
      await newProcess(server, clock, { store }).me()
      expect(server.count(refreshPath)).toBe(refreshes + 1)
    },
  )
})
