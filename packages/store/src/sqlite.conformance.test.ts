import { describe, it } from 'vitest'
import { suite } from './conformance/index.ts'
import { sqliteBackend } from './testing/sqlite-backend.ts'

describe('the SQLite store conforms', () => {
  suite({ test: { describe, it }, factory: sqliteBackend, manifest: {} })
})
