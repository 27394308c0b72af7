import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { event, fullAuthorization, idOf, session, start, withPrincipals } from '../conformance/scenario/fixtures.ts'
import { compiler } from '../engine/sqlite/compiler.ts'
import { compile } from '../engine/statement.ts'
import { openStore } from '../open/open.ts'
import { strangerAt, temporaryFolder } from '../testing/folder.ts'
import { bytes, flag, integer, json, orAbsent, text } from './kind.ts'
import { part, row, rowOrAbsent, table } from './row.ts'
import { insert, select } from './statement.ts'
import { authorizations, users } from './tables.ts'

const owner = row({ kind: text, id: text })
const things = table('things', {
  id: text,
  madeAt: orAbsent(integer),
  owner: rowOrAbsent(owner),
  tags: json<readonly string[]>(),
  isWhole: flag,
  seal: orAbsent(bytes),
})

describe('the codec of a row', () => {
  it('names its columns after the members, those of a row within it too', () => {
    assert.deepEqual(things.columns, ['id', 'made_at', 'owner_kind', 'owner_id', 'tags', 'is_whole', 'seal'])
    assert.deepEqual(things.qualified[1], 'things.made_at')
    assert.deepEqual(part(things, 'id', 'tags').columns, ['id', 'tags'])
  })

  it('decodes what the engines return: NULL, numbers as bigint or text, bytes as a view of a pool', () => {
    const pool = Buffer.from('seal')
    assert.deepEqual(things.decode(['a', 7n, 'user', 'u', '["x"]', '1', pool]), {
      id: 'a',
      madeAt: 7,
      owner: { kind: 'user', id: 'u' },
      tags: ['x'],
      isWhole: true,
      seal: new Uint8Array(pool),
    })
    const bare = { id: 'a', madeAt: undefined, owner: undefined, tags: [], isWhole: false, seal: undefined }
    assert.deepEqual(things.decode(['a', null, null, null, '[]', 0, null]), bare)
    assert.deepEqual(things.decode(['before', 'a', null, null, null, '[]', 0, null], 1), bare)
  })

  it('encodes what the domain has, and NULL for what is absent', () => {
    const { sql, bind } = compile(insert(users), compiler)
    assert.equal(sql.match(/\?/g)?.length, users.columns.length)
    const values = bind({ id: 'u', requiredFactors: ['password'], passwordStandsAlone: false })
    const encoded = (column: (typeof users.columns)[number]) => values[users.columns.indexOf(column)]
    assert.deepEqual(['id', 'required_factors', 'password_stands_alone', 'disabled_at'].map(encoded as never), [
      'u',
      '["password"]',
      0,
      null,
    ])
  })

  it('fills in the time of creation for an Authorization that is older than its time of authentication', () => {
    const { sql } = compile(
      select(authorizations, {}, (rows) => rows),
      compiler,
    )
    assert.ok(!sql.includes('*'))
    const columns = authorizations.columns.map((column) =>
      column === 'created_at' ? 7 : ['scope', 'audience', 'factors'].includes(column) ? '[]' : null,
    )
    assert.equal(authorizations.decode(columns).authenticatedAt, 7)
  })

  it('reads and writes a database to which a later version has added columns', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    await (await openStore({ path })).close()
    using stranger = strangerAt(path)
    const tables = stranger.all(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`)
    for (const { name } of tables as { name: string }[]) stranger.exec(`alter table ${name} add column later text`)
    const store = await openStore({ path })
    await withPrincipals(store)
    await store.authorizations.create(fullAuthorization(1), event('authorization_created'))
    await store.authorizations.create(session(2), event('authorization_created'))
    assert.deepEqual((await store.authorizations.find(idOf(1)))?.authorization, fullAuthorization(1))
    const { authorizations: live } = await store.authorizations.listLive({ latest: start, limit: 9 })
    assert.deepEqual(live, [session(2)])
    assert.equal((await store.audit.list({ limit: 9 })).length, 4)
    await store.close()
  })
})
