import { describe, it } from 'vitest'
import { suite } from './conformance/index.ts'
import { memoryBackend } from './testing/sqlite-backend.ts'

describe('the store in memory conforms', () => {
  suite({ test: { describe, it }, factory: memoryBackend, manifest: { writesBesideSnapshot: false } })
})
