import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, it } from 'vitest'
import { openStore } from '../../open/open.ts'
import { bytes, integer, type Kind, text as textKind } from '../../schema/kind.ts'
import { changing, referred, remembered, remove, statement } from '../../schema/statement.ts'
import type { MarkName } from '../../schema/tables.ts'
import { strangerAt, temporaryFolder } from '../../testing/folder.ts'
import type { Engine } from '../engine.ts'
import { openSqlite } from './sqlite-engine.ts'

const findMark = remembered(
  statement({ name: textKind as Kind<string, MarkName> }, (db, { name }) =>
    db.selectFrom('marks').select('value').where('name', '=', name),
  ),
  { marks: ({ name }) => [name] },
)
const findByDigest = remembered(
  statement({ digest: bytes }, (db, slots) =>
    db.selectFrom('client_credentials').select('id').where('secret_digest', '=', slots.digest),
  ),
)
const setMark = statement({ value: integer }, (db, slots) =>
  db.updateTable('marks').set({ value: slots.value }).where('name', '=', 'keys_revision'),
)

const removeUser = remove('users', { id: textKind }, (rows, { id }) => rows.where('id', '=', id))
const removeTally = remove('audit_tallies', { key: textKind }, (rows, { key }) => rows.where('key', '=', key))

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

  it('is distinguished by the query, text and bytes alike', async () => {
    assert.equal(await value(), 0)
    assert.equal(await engine.read.first(findMark, { name: 'nonesuch' }), undefined)
    assert.equal(await engine.read.first(findByDigest, { digest: Uint8Array.of(1, 2) }), undefined)
    assert.equal(await engine.read.first(findByDigest, { digest: Uint8Array.of(1, 3) }), undefined)
    assert.equal(known(), 0)
    assert.equal(await engine.read.first(findByDigest, { digest: Uint8Array.of(1, 3) }), undefined)
    assert.equal(known(), 1)
  })

  it('is distinguished by every type of parameter', async () => {
    const anything: Kind<string | number | Uint8Array | null, MarkName> = {
      decode: () => null,
      encode: (value) => value,
    }
    const alike: (string | number | Uint8Array | null)[][] = [
      [null],
      ['null'],
      [0],
      ['0'],
      [''],
      ['\0'],
      [Buffer.from('0')],
      ['a', 'b'],
      ['a\0string1:b', ''],
      ['a1:b', ''],
      ['', 'a1:b'],
    ]
    const echo = remembered(
      statement({ a: anything, b: anything }, (db, { a, b }) =>
        db.selectFrom('marks').select('value').where('name', 'in', [a, b]),
      ),
    )
    for (const [a = null, b = null] of alike) await engine.read.all(echo, { a, b })
    assert.equal(known(), 0)
  })

  /** Writes through `by` what was looked at in the very turn that commits it. */
  const raiseThrough = async (by: Engine) => {
    const before = (await value()) ?? 0
    await by.write([], async (execute) => {
      assert.equal(await value(), before)
      await execute.run(setMark, { value: before + 1 })
    })
    assert.equal(await value(), before + 1)
  }

  it('is read again after a commit of our own, in the very turn of the commit', async () => {
    for (let round = 0; round < 10; round++) await raiseThrough(engine)
  })

  it('is read again after a commit of another store in this process, in the very turn of the commit', async () => {
    const other = await openSqlite({ path })
    try {
      for (let round = 0; round < 10; round++) await raiseThrough(other)
    } finally {
      await other.close()
    }
  })

  it('is read again in the turn after a commit of an unknown connection', async () => {
    using stranger = strangerAt(path)
    for (let round = 1; round <= 100; round++) {
      stranger.all(`update marks set value = ${round} where name = 'keys_revision' returning value`)
      await nextTurn()
      assert.equal(await value(), round)
    }
    assert.equal(known(), 0)
  })

  it('is what it was after a unit that was rolled back', async () => {
    assert.equal(await value(), 0)
    const failing = engine.write([], async (execute) => {
      await execute.run(setMark, { value: 9 })
      throw new RangeError('no')
    })
    await assert.rejects(failing, RangeError)
    await nextTurn()
    assert.equal(await value(), 0)
  })

  it('stays known after a commit of our own that changed another row, or another table', async () => {
    const raised = changing<{ value: number }, unknown>(() => ['keys_revision'], setMark)
    await value()
    await engine.read.first(findMark, { name: 'nonesuch' })
    await engine.read.first(findByDigest, { digest: Uint8Array.of(1) })
    await engine.write([], async (execute) => void (await execute.run(raised, { value: 5 })))
    await nextTurn()
    await engine.read.first(findMark, { name: 'nonesuch' })
    await engine.read.first(findByDigest, { digest: Uint8Array.of(1) })
    assert.equal(known(), 2)
    assert.equal(await value(), 5)
    assert.equal(known(), 2)
  })

  it('is forgotten with its table by a write that does not say which rows it changes', async () => {
    await engine.read.first(findMark, { name: 'nonesuch' })
    await engine.read.first(findByDigest, { digest: Uint8Array.of(1) })
    await engine.write([], async (execute) => void (await execute.run(setMark, { value: 5 })))
    await engine.read.first(findMark, { name: 'nonesuch' })
    assert.equal(known(), 0)
    await engine.read.first(findByDigest, { digest: Uint8Array.of(1) })
    assert.equal(known(), 1)
  })

  it('is forgotten with all others by a removal from a table that others refer to, and by no other', async () => {
    await engine.read.first(findByDigest, { digest: Uint8Array.of(1) })
    await engine.write([], async (execute) => void (await execute.run(removeTally, { key: 'nonesuch' })))
    await engine.read.first(findByDigest, { digest: Uint8Array.of(1) })
    assert.equal(known(), 1)
    await engine.write([], async (execute) => void (await execute.run(removeUser, { id: 'nonesuch' })))
    await engine.read.first(findByDigest, { digest: Uint8Array.of(1) })
    assert.equal(known(), 1)
  })

  it('depends on references as the schema has them', () => {
    using stranger = strangerAt(path)
    const found = stranger.all(
      `select distinct "table" as name from sqlite_schema as one, pragma_foreign_key_list(one.name) where one.type = 'table' order by 1`,
    )
    assert.deepEqual(
      found.map((row) => (row as { readonly name: string }).name),
      [...referred].sort(),
    )
  })

  it('is forgotten if the text of its query may name tables that are not known', async () => {
    const hidden = remembered(
      statement({}, (db) => db.selectFrom('marks').select(sql<number>`(select count(*) from audit)`.as('count'))),
    )
    const count = () => engine.read.first(hidden, {})
    await count()
    await count()
    assert.equal(known(), 1)
    await engine.write(
      [],
      async (execute) =>
        void (await execute.run(
          changing(() => [], setMark),
          { value: 5 },
        )),
    )
    await count()
    assert.equal(known(), 1)
  })

  it('is not given any more once the engine is closed', async () => {
    await value()
    await engine.close()
    await assert.rejects(value(), { name: 'StoreError', kind: 'unavailable' })
  })

  it('is never older than what another process has acknowledged', async () => {
    const commits = 2000
    const script = fileURLToPath(new URL('../../testing/processes/counting.ts', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=countersign', script, path, `${commits}`])
    const complaints = text(child.stderr)
    let acknowledged = 0
    let told = ''
    const stale: number[] = []
    const look = async () => {
      const least = acknowledged
      if (((await value()) ?? 0) < least) stale.push(least)
    }
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (told + chunk).split('\n')
      told = lines.pop() ?? ''
      acknowledged = Number(lines.at(-1) ?? acknowledged)
      void look()
    })
    // Asked in every turn besides, so that an answer is always known when the next commit comes.
    while (acknowledged < commits && child.exitCode === null) {
      await Promise.all([look(), look()])
      await nextTurn()
    }
    assert.equal(await complaints, '')
    assert.deepEqual([stale, acknowledged, await value()], [[], commits, commits])
    assert.ok(known() > commits)
  })

  it('is one of so many: beyond them all are forgotten', async () => {
    for (let n = 0; n <= 8192; n++) await engine.read.first(findMark, { name: `${n}` })
    await engine.read.first(findMark, { name: '8192' })
    assert.equal(known(), 1)
    await engine.read.first(findMark, { name: '8191' })
    assert.equal(known(), 1)
  })
})
