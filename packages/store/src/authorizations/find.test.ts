import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { compiler } from '../engine/sqlite/compiler.ts'
import { compile, type Statement } from '../engine/statement.ts'
import { openStore } from '../open/open.ts'
import { revokeGranted, revokeThrough } from '../principals/removal.ts'
import { strangerAt, temporaryFolder } from '../testing/folder.ts'
import { countBy, heldBy } from './cap.ts'
import { findRecord, findRecordBySecret } from './find.ts'
import { live, type Shape } from './list.ts'
import { revokeOne } from './revoke.ts'
import { findStanding } from './standing.ts'

const hot: Readonly<Record<string, Statement<never, unknown>>> = {
  'an authorization': findRecord,
  'a personal token': findRecordBySecret,
  'a standing authorization': findStanding,
  'the sessions of a dialect that a user has': heldBy.dialect,
  'the sessions of other dialects that a user has': heldBy.otherDialects,
  'what a user has through a client': heldBy.client,
  'what is to be revoked': revokeOne,
  'what was granted to a subject': revokeGranted,
  'what was granted through a client': revokeThrough,
}

const ofAllUsers: Shape = { ofSubject: false, kind: 'any', ofDialect: false, later: true }

/** The index that each list is read from, in its order. */
const lists: Readonly<Record<string, readonly [Shape, RegExp]>> = {
  "a user's live authorizations": [
    { ...ofAllUsers, ofSubject: true },
    /INDEX authorizations_live \(subject_kind=.*id</,
  ],
  "a user's live personal tokens": [
    { ...ofAllUsers, ofSubject: true, kind: 'other', ofDialect: true },
    /INDEX authorizations_live \(subject_kind=.*id</,
  ],
  "all users' live authorizations": [ofAllUsers, /PRIMARY KEY \(id</],
  "all users' live sessions": [{ ...ofAllUsers, kind: 'session', ofDialect: true }, /PRIMARY KEY \(id</],
  "all users' live personal tokens": [
    { ...ofAllUsers, kind: 'other' },
    /INDEX authorizations_live_by_kind \(kind=.*id</,
  ],
}

describe('however many rows there are', () => {
  for (const [what, statement] of Object.entries(hot)) {
    it(`N-259 finding ${what} searches an index and scans no table`, async () => {
      using folder = temporaryFolder()
      const path = folder.file('a.db')
      await (await openStore({ path })).close()
      using stranger = strangerAt(path)
      const plan = stranger.all(`explain query plan ${compile(statement, compiler).sql}`) as { detail: string }[]
      assert.ok(plan.length > 0)
      for (const { detail } of plan) assert.match(detail, /^(SEARCH|LIST SUBQUERY|CORRELATED SCALAR SUBQUERY) /)
    })
  }

  it.each(Object.keys(heldBy) as (keyof typeof heldBy)[])(
    'N-416 those of one %s are counted and read in the index that holds nothing else, and counted without a row',
    async (sort) => {
      using folder = temporaryFolder()
      const path = folder.file('a.db')
      await (await openStore({ path })).close()
      using stranger = strangerAt(path)
      const searches = (statement: Statement<never, unknown>) =>
        (stranger.all(`explain query plan ${compile(statement, compiler).sql}`) as { detail: string }[]).find(
          ({ detail }) => detail.startsWith('SEARCH authorizations'),
        )?.detail
      const keys = {
        otherDialects: '',
        dialect: ' AND dialect=?',
        client: ' AND dialect=? AND client_id=? AND revoked_at=?',
      }[sort]
      const index = `INDEX authorizations_live_of_sort (subject_kind=? AND subject_id=? AND kind=?${keys})`
      assert.equal(searches(heldBy[sort]), `SEARCH authorizations USING ${index}`)
      assert.equal(searches(countBy[sort]), `SEARCH authorizations USING COVERING ${index}`)
    },
  )

  for (const [whose, [shape, index]] of Object.entries(lists)) {
    it(`N-259 a page of ${whose} is read in the order of an index, and sorts nothing`, async () => {
      using folder = temporaryFolder()
      const path = folder.file('a.db')
      await (await openStore({ path })).close()
      using stranger = strangerAt(path)
      const plan = stranger.all(`explain query plan ${compile(live(shape), compiler).sql}`) as { detail: string }[]
      assert.match(plan[0]?.detail ?? '', index)
      for (const { detail } of plan) assert.doesNotMatch(detail, /^SCAN|TEMP B-TREE/)
      const first = stranger.all(`explain query plan ${compile(live({ ...shape, later: false }), compiler).sql}`)
      for (const { detail } of first as { detail: string }[]) assert.doesNotMatch(detail, /TEMP B-TREE/)
    })
  }
})
