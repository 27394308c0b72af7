import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { contended } from './conformance/isolation/isolation.ts'
import { concurrentBackend } from './testing/sqlite-backend.ts'

describe('a unit that does not name the key that it must be alone on', () => {
  for (const { name, aloneOn, run } of contended) {
    if (aloneOn === undefined) continue
    it(`breaks the promise that ${name}`, async () => {
      const backend = await concurrentBackend((key) => key.startsWith(aloneOn))()
      await assert.rejects(run(backend.store))
      await backend.dispose()
    })
  }
})
