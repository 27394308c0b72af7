import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { event, user } from '../conformance/scenario/fixtures.ts'
import { openSqlite } from '../engine/sqlite/sqlite-engine.ts'
import { openStore } from '../open/open.ts'
import { strangerAt, temporaryFolder } from '../testing/folder.ts'
import { migrate, schemaVersion } from './migrate.ts'
import type { Migration } from './migration.ts'
import { knownVersion, migrations } from './migrations.ts'

const numbered = (version: number, steps: readonly string[]): Migration => ({
  version,
  name: `step ${version}`,
  steps: () => steps,
})
const first = numbered(1, ['create table one (n integer)'])
const second = numbered(2, ['create table two (n integer)', 'insert into two values (2)'])

describe('migrations', () => {
  it('are numbered from 1 without a gap', () => {
    assert.deepEqual(
      migrations.map(({ version }) => version),
      migrations.map((_, place) => place + 1),
    )
  })

  it('N-233 run once, in order, however often the store is opened', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const engine = await openSqlite({ path })
    assert.equal(await migrate(engine, [first], 100), 1)
    assert.equal(await migrate(engine, [first, second], 200), 2)
    assert.equal(await migrate(engine, [first, second], 300), 2)
    assert.equal(await schemaVersion(engine), 2)
    using stranger = strangerAt(path)
    assert.deepEqual(
      stranger.all('select version, applied_at from schema_versions').map((row) => Object.values(row as object)),
      [
        [1, 100],
        [2, 200],
      ],
    )
    await engine.close()
  })

  it('N-233 that fail in the middle leave the schema as it was, and can be run again', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const engine = await openSqlite({ path })
    await migrate(engine, [first], 100)
    const broken = numbered(2, ['create table two (n integer)', 'insert into nowhere values (1)'])
    await assert.rejects(migrate(engine, [first, broken], 200), { name: 'StoreError', kind: 'unavailable' })
    assert.equal(await schemaVersion(engine), 1)
    assert.equal(await migrate(engine, [first, second], 300), 2)
    await engine.close()
  })

  it('N-233 of a newer program are left alone: an older one refuses to start', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const store = await openStore({ path })
    assert.deepEqual((await store.check()).schemaVersion, knownVersion)
    await store.close()
    using stranger = strangerAt(path)
    stranger.exec(`insert into schema_versions values (${knownVersion + 1}, 'from the future', 0)`)
    await assert.rejects(openStore({ path }), {
      name: 'StoreOpenError',
      code: 'schema_newer',
      message: /^the database has schema \d+, and this program knows \d+, since a later version/,
    })
  })

  it('keep what a store of the first version holds, and put it in the order of its creation', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const engine = await openSqlite({ path })
    await migrate(engine, migrations.slice(0, 1), 100)
    await engine.close()
    using stranger = strangerAt(path)
    stranger.exec(`
      insert into users values ('z', 'Ada', 'ada', 'owner', '["password"]', '$argon2id$', 1000, null, 7, 5);
      insert into users values ('a', 'Bob', 'bob', 'viewer', '[]', null, 1001, 1002, 1, 0);
      insert into clients values ('c', 'Reporting', 'viewer', '[]', '["read"]', 'jwt', 600, 20, 1003, null, 4);
      insert into client_credentials values ('k2', 'c', 1004, null, null, x'02');
      insert into client_credentials values ('k1', 'c', 1005, 2000, 1500, x'01');
      insert into marks values ('of another time', 9);
      insert into audit (action, at) values ('user_created', 1000);
      insert into audit (action, at, actor_kind, actor_id, subject_kind, subject_id, authorization_id, detail)
        values ('authorization_rotated', 1001, 'user', 'z', 'user', 'z', 'x', '{"generation":1}')`)
    const store = await openStore({ path })
    assert.deepEqual((await store.check()).schemaVersion, knownVersion)
    assert.deepEqual(
      (await store.users.list({ limit: 9 })).users.map(({ id, username, sessionsEpoch, disabledAt }) => [
        ...[id, username, sessionsEpoch, disabledAt],
      ]),
      [
        ['z', 'Ada', 7, undefined],
        ['a', 'Bob', 1, 1002],
      ],
    )
    const { clients } = await store.clients.list({ limit: 9 })
    assert.deepEqual(
      clients.map(({ name, type, epoch }) => [name, type, epoch]),
      [['Reporting', undefined, 4]],
    )
    assert.deepEqual(
      (await store.clients.listCredentials('c')).map(({ id, expiresAt, revokedAt }) => [id, expiresAt, revokedAt]),
      [
        ['k2', undefined, undefined],
        ['k1', 2000, 1500],
      ],
    )
    const person = { kind: 'user', id: 'z' }
    assert.deepEqual(await store.audit.list({ limit: 9 }), [
      {
        ...{ sequence: 2, at: 1001, action: 'authorization_rotated', actor: person, subject: person },
        ...{ authorizationId: 'x', detail: { generation: 1 } },
      },
      { sequence: 1, at: 1000, action: 'user_created' },
    ])
    assert.deepEqual(stranger.all('select sequence from rotations').length, 1)
    // What is made from now on comes after it.
    await store.users.create(user(1), event('user_created'))
    assert.equal((await store.users.list({ limit: 9 })).users.at(-1)?.id, 'user-1')
    assert.deepEqual((await store.audit.list({ limit: 1 })).at(0)?.sequence, 3)
    await store.close()
  })

  it('N-233 run once when several open a new store at the same time', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.db')
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore({ path, clock: { now: () => 100 } })))
    using stranger = strangerAt(path)
    assert.equal(stranger.all('select * from schema_versions').length, knownVersion)
    await Promise.all(stores.map((store) => store.close()))
  })
})
