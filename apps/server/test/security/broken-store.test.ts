import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ExercisedServer, startExercisedServer, succeed, successes } from '../contract/exercises/success.ts'
import type { Answer } from '../contract/recorder.ts'
import { needing } from '../store-features.ts'

beforeEach(needing('file'))

/** Answered from what is in memory. */
const independent: ReadonlySet<string> = new Set([
  'showAuthorizationServerMetadata',
  'listSigningKeys',
  'checkLiveness',
  'listMetrics',
  'showContract',
  'showServer',
  'showDocumentation',
  'showDocumentationAsset',
  'showConsole',
  'showConsoleAsset',
])

describe('N-184 a database whose tables are gone', () => {
  let server: ExercisedServer
  beforeAll(async () => {
    server = await startExercisedServer()
  })
  afterAll(() => server.server.close())

  /** Whatever it is called, the server does not find it. */
  function renameTables(nameOf: (name: string) => string): void {
    const tables = server.server.sql("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    const database = server.server.database()
    database.exec('PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; BEGIN')
    for (const { name } of tables) database.exec(`ALTER TABLE "${name}" RENAME TO "${nameOf(String(name))}"`)
    database.exec('COMMIT')
    database.close()
  }

  async function withoutTables(send: () => Promise<Answer>): Promise<Answer> {
    renameTables((name) => `gone_${name}`)
    try {
      return await send()
    } finally {
      renameTables((name) => name.replace('gone_', ''))
    }
  }

  it.each(successes)(
    'is answered by $operationId in the documented shape, and says nothing of itself',
    async (success) => {
      const { status, headers } = await succeed(server, success, withoutTables)
      expect(status).toBe(independent.has(success.operationId) ? success.status : 503)
      if (status === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    },
  )

  it('is logged, so that an operator can repair it', () => {
    expect(server.server.running.log()).toContain('no such table')
  })
})
