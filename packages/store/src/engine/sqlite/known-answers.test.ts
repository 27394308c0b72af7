import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, it } from 'vitest'
import { openStore } from '../../open.ts'
import { strangerAt, temporaryFolder } from '../../testing/folder.ts'
import type { Engine } from '../engine.ts'
import { remembered, statement } from '../statement.ts'
import { openSqlite } from './sqlite-engine.ts'

const findMark = remembered(
  statement<{ name: string }>()((db, slots) =>
    db
      .selectFrom('marks')
      .select('value')
      .where('name', '=', slots.name as 'keys_revision'),
  ),
)
const findByDigest = remembered(
  statement<{ digest: Uint8Array }>()((db, slots) =>
    db.selectFrom('client_credentials').select('id').where('secret_digest', '=', slots.digest),
  ),
)
const setMark = statement<{ value: number }>()((db, slots) =>
  db.updateTable('marks').set({ value: slots.value }).where('name', '=', 'keys_revision'),
)

let folder: ReturnType<typeof temporaryFolder>
let path: string
let engine: Engine
beforeEach(async () => {
  folder = temporaryFolder()
  path = folder.file('a.db')
  await (await openStore({ path })).close()
  engine = await openSqlite({ path })
})
afterEach(async () => {
  await engine.close()
  folder[Symbol.dispose]()
})

const value = async (): Promise<number | undefined> =>
  (await engine.read.first(findMark, { name: 'keys_revision' }))?.value
const known = () => engine.statistics().known
const write = (to: number) => engine.write((execute) => execute.run(setMark, { value: to }))

describe('an answer that cannot have changed', () => {
  it('is given again without a read, in this turn and in later ones', async () => {
    await value()
    assert.equal(known(), 0)
    await value()
    await nextTurn()
    await value()
    assert.equal(known(), 2)
    assert.equal(engine.statistics().reads, 3)
  })

  it('is told apart by what was asked, texts and bytes alike', async () => {
    assert.equal(await value(), 0)
    assert.equal(await engine.read.first(findMark, { name: 'nonesuch' }), undefined)
    assert.equal(await engine.read.first(findByDigest, { digest: Uint8Array.of(1, 2) }), undefined)
    assert.equal(await engine.read.first(findByDigest, { digest: Uint8Array.of(1, 3) }), undefined)
    assert.equal(known(), 0)
    assert.equal(await engine.read.first(findByDigest, { digest: Uint8Array.of(1, 3) }), undefined)
    assert.equal(known(), 1)
  })

  it('is asked for anew after a commit of our own, in the very turn of the commit', async () => {
    assert.equal(await value(), 0)
    await write(1)
    assert.equal(await value(), 1)
    await Promise.all([write(2).then(async () => assert.equal(await value(), 2)), value()])
  })

  it('is asked for anew after a commit of another store in this process', async () => {
    const other = await openSqlite({ path })
    try {
      assert.equal(await value(), 0)
      await other.write((execute) => execute.run(setMark, { value: 7 }))
      assert.equal(await value(), 7)
    } finally {
      await other.close()
    }
  })

  it('N-118 is asked for anew in the turn after a commit of another process', async () => {
    using stranger = strangerAt(path)
    for (let round = 1; round <= 100; round++) {
      stranger.all(`update marks set value = ${round} where name = 'keys_revision' returning value`)
      await nextTurn()
      assert.equal(await value(), round)
    }
    assert.equal(known(), 0)
  })

  it('outlives what was rolled back, and what was only read', async () => {
    assert.equal(await value(), 0)
    const failing = engine.write(async (execute) => {
      await execute.run(setMark, { value: 9 })
      throw new RangeError('no')
    })
    await assert.rejects(failing, RangeError)
    await nextTurn()
    assert.equal(await value(), 0)
  })

  it('is one of so many: beyond them all are forgotten', async () => {
    for (let n = 0; n <= 8192; n++) await engine.read.first(findMark, { name: `${n}` })
    await engine.read.first(findMark, { name: '8192' })
    assert.equal(known(), 1)
    await engine.read.first(findMark, { name: '8191' })
    assert.equal(known(), 1)
  })
})
