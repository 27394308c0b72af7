import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { compiler } from '../engine/sqlite/compiler.ts'
import { compile } from '../engine/statement.ts'
import { openStore } from '../open/open.ts'
import { strangerAt, temporaryFolder } from '../testing/folder.ts'
import { listOf, type Shape } from './list.ts'

const whole: Shape = { isFiltered: true, equal: [], from: false, to: false, later: true }

/** The index that each list is read from, in its order, by trail. */
const lists: Readonly<Record<string, readonly [Shape, string, string]>> = {
  everything: [{ ...whole, isFiltered: false }, 'INTEGER PRIMARY KEY', 'INTEGER PRIMARY KEY'],
  'a period': [{ ...whole, from: true, to: true }, 'audit_by_time', 'rotations_by_time'],
  'whom it concerns': [{ ...whole, equal: ['subject'] }, 'audit_by_subject', 'rotations_by_subject'],
  'who did it': [{ ...whole, equal: ['actor'], from: true }, 'audit_by_actor', 'rotations_by_subject'],
  'a client': [{ ...whole, equal: ['clientId'], to: true }, 'audit_by_client', 'rotations_by_client'],
  'what happened': [{ ...whole, equal: ['action'] }, 'audit_by_action', 'rotations_by_time'],
  'an authorization': [
    { ...whole, equal: ['authorizationId'] },
    'audit_by_authorization',
    'rotations_by_authorization',
  ],
  'all at once': [
    { ...whole, equal: ['authorizationId', 'subject', 'actor', 'clientId', 'action'], from: true, to: true },
    'audit_by_authorization',
    'rotations_by_authorization',
  ],
}

describe('however long the trail is', () => {
  for (const [what, [shape, ...indexes]] of Object.entries(lists)) {
    it(`a list by ${what} is read from an index, in its order`, async () => {
      using folder = temporaryFolder()
      const path = folder.file('a.db')
      await (await openStore({ path })).close()
      using stranger = strangerAt(path)
      for (const [at, trail] of (['audit', 'rotations'] as const).entries()) {
        const plan = stranger.all(`explain query plan ${compile(listOf[trail](shape), compiler).sql}`) as {
          detail: string
        }[]
        assert.equal(plan.length, 1)
        assert.match(plan[0]?.detail ?? '', new RegExp(`^SEARCH ${trail} USING (INDEX )?${indexes[at]}`))
      }
    })
  }
})
