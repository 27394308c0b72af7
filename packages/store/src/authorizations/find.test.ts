import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { compiler } from '../engine/sqlite/compiler.ts'
import { compile, type Statement } from '../engine/statement.ts'
import { openStore } from '../open.ts'
import { strangerAt, temporaryFolder } from '../testing/folder.ts'
import { findRecord, findRecordBySecret } from './find.ts'
import { revokeOne } from './revoke.ts'
import { findStanding } from './standing.ts'

const hot: Readonly<Record<string, Statement<never, unknown>>> = {
  'an authorization': findRecord,
  'a personal token': findRecordBySecret,
  'a standing authorization': findStanding,
  'what is to be revoked': revokeOne,
}

describe('however many rows there are', () => {
  for (const [what, statement] of Object.entries(hot)) {
    it(`N-259 finding ${what} walks down an index and scans no table`, async () => {
      using folder = temporaryFolder()
      const path = folder.file('a.db')
      await (await openStore({ path })).close()
      using stranger = strangerAt(path)
      const plan = stranger.all(`explain query plan ${compile(statement, compiler).sql}`) as { detail: string }[]
      assert.ok(plan.length > 0)
      for (const { detail } of plan) assert.match(detail, /^SEARCH /)
    })
  }
})
