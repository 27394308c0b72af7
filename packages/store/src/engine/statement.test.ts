import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { openStore } from '../open/open.ts'
import { integer, text } from '../schema/kind.ts'
import { remove, statement } from '../schema/statement.ts'
import { temporaryFolder } from '../testing/folder.ts'
import { compiler } from './sqlite/compiler.ts'
import { openSqlite } from './sqlite/sqlite-engine.ts'
import { compile } from './statement.ts'

const byName = statement({ name: text, before: integer }, (db, slots) =>
  db
    .selectFrom('clients')
    .select('id')
    .where('epoch', '=', 3)
    .where('name', '=', slots.name)
    .where('epoch', '<', slots.before),
)
const removal = remove('clients', { id: text }, (rows, slots) => rows.where('id', '=', slots.id))

describe('a statement', () => {
  it('is compiled with a place for each of its parameters, in order', () => {
    const { sql, bind, reads } = compile(byName, compiler)
    assert.equal(sql, 'select "id" from "clients" where "epoch" = ? and "name" = ? and "epoch" < ?')
    assert.deepEqual(bind({ before: 9, name: 'x' }), [3, 'x', 9])
    assert.deepEqual(bind({ name: undefined }), [3, null, null])
    assert.equal(reads, true)
  })

  it('shows by its query whether it reads', () => {
    assert.equal(compile(removal, compiler).reads, false)
  })

  it('is built once, however often it is run', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    await (await openStore({ path })).close()
    let built = 0
    const counted = statement({ id: text }, (db, slots) => {
      built++
      return db.selectFrom('users').select('id').where('id', '=', slots.id)
    })
    const engine = await openSqlite({ path })
    for (const id of ['a', 'b', 'c']) assert.equal(await engine.read.first(counted, { id }), undefined)
    assert.equal(built, 1)
    await engine.close()
  })

  it('that writes is refused outside of a unit', async () => {
    using folder = temporaryFolder()
    const engine = await openSqlite({ path: folder.file('a.db') })
    await assert.rejects(engine.read.run(removal, { id: 'x' }), TypeError)
    await engine.close()
  })
})
