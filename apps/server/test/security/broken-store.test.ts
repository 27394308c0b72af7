import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dialectNames } from '../../src/dialects/registry.ts'
import { goodPassword } from '../../src/testing/test-server.ts'
import { operations } from '../contract/document.ts'
import { basic, bearer, form, type RecordedServer, startRecordedServer } from '../recorded-server.ts'

/** Answered from what is in memory. */
const independent = new Set([
  'showAuthorizationServerMetadata',
  'listSigningKeys',
  'checkLiveness',
  'listMetrics',
  'showContract',
  'showDocumentation',
  'showDocumentationAsset',
])

const ours = operations.filter(({ tag }) => tag === 'manifold' || !dialectNames.includes(tag))

describe('N-184 a database whose tables are gone', () => {
  let house: RecordedServer
  const credentials = new Map<string, Record<string, string>>()
  beforeAll(async () => {
    house = await startRecordedServer()
    const { id } = await house.user('ada', 'owner')
    const { client, secret } = await house.client()
    const { access } = await house.session(id)
    credentials.set('bearer', bearer(access))
    credentials.set('client', basic(client.id, secret))
    credentials.set('grant', basic('ada', goodPassword))
    renameTables((name) => `gone_${name}`)
  })
  afterAll(async () => {
    renameTables((name) => name.replace('gone_', ''))
    await house.close()
  })

  /** Whatever it is called, the server does not find it. */
  function renameTables(nameOf: (name: string) => string): void {
    const tables = house.sql("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    const database = house.database()
    database.exec('PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON')
    for (const { name } of tables) database.exec(`ALTER TABLE "${name}" RENAME TO "${nameOf(String(name))}"`)
    database.close()
  }

  it.each(ours)(
    'is answered by $operationId in the documented shape, and says nothing of itself',
    async (operation) => {
      const { operationId, method, path, tag, body } = operation
      const asForm = form({ grant_type: 'client_credentials', token: 'cs_pat_none' })
      const question = {
        headers: credentials.get(tag === 'oauth' ? 'client' : path.endsWith('/login') ? 'grant' : 'bearer') ?? {},
        body: Object.keys(body)[0]?.includes('form') ? asForm : operationId === 'createSession' ? login : undefined,
      }
      const concrete = path.replace('{asset}', 'start.js').replace(/\{\w+\}/g, '0'.repeat(22))
      const { status } = await house.ask(method, concrete, operationId === 'refreshSession' ? {} : question)
      // A refresh token is needed to get as far as the store there; see the tests of revocation.
      if (operationId !== 'refreshSession') expect(status).toBe(independent.has(operationId) ? 200 : 503)
    },
  )

  it('is written down, so that somebody can mend it', () => {
    expect(house.server.log()).toContain('no such table')
  })
})

const login = { username: 'ada', password: goodPassword }
