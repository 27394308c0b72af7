import { describe, it } from 'vitest'
import { suite } from './conformance/index.ts'
import { concurrentBackend } from './testing/sqlite-backend.ts'

describe('the store conforms where units run concurrently and twice', () => {
  suite({ test: { describe, it }, factory: concurrentBackend(), manifest: { parallelCallers: 100 } })
})
