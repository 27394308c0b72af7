import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AuthorizationRecord, Counter } from '@countersign/core'
import { isActive, issuingSeconds, longestAccessSeconds } from '@countersign/core'
import { describe, it } from 'vitest'
import {
  addition,
  always,
  client,
  credential,
  digest,
  enrolment,
  event,
  idOf,
  keySet,
  refresh,
  rotationAudit,
  session,
  standing,
  start,
  user,
} from '../conformance/scenario/fixtures.ts'
import { openStore, type StoreHandle } from '../open/open.ts'
import { strangerAt, temporaryFolder } from '../testing/folder.ts'
import { backUpDatabase } from './back-up.ts'
import { fates } from './fates.ts'
import { type RestoreOptions, restoreDatabase } from './restore.ts'

const now = start + 1000
const created = event('authorization_created')
const lockedOut: Counter = {
  failures: 5,
  strikes: 1,
  windowStartedAt: now,
  blockedUntil: now + 900,
  succeededAt: undefined,
  endsAt: now + 1800,
}
const clientSession = (n: number) => session(n, { clientEpoch: undefined, clientId: 'countersign' })

/** An owner, three users, two clients, and something of every kind that can be ended. */
const fill = async (store: StoreHandle): Promise<void> => {
  await store.users.create(
    user(0, { id: 'owner', username: 'Owner', canonicalName: 'owner', role: 'owner' }),
    event('user_created'),
  )
  for (const n of [1, 2, 3]) await store.users.create(user(n), event('user_created'))
  for (const n of [1, 2]) {
    await store.clients.create(client(n), credential(n, { clientId: `client-${n}` }), event('client_created'))
  }
  await store.clients.addCredential(credential(3), event('credential_created'))
  await store.keys.add(addition(keySet(1)), event('keys_rotated'))
  for (const n of [1, 2, 3, 4]) await store.authorizations.create(clientSession(n), created)
  for (const n of [5, 6]) await store.authorizations.create(personal(n), created)
  await store.authorizations.create(standing(7), created)
  await store.authorizations.create({ ...clientSession(8), subject: { kind: 'user', id: 'user-2' } }, created)
  await store.authorizations.create({ ...personal(9), subject: { kind: 'user', id: 'user-3' } }, created)
  await store.authorizations.create(standing(10, { kind: 'fixed', scope: [], label: 'fixed' }), created)
  await store.enrolments.put(enrolment(1), event('factors_changed'))
  await store.recoveryCodes.replace('user-1', [digest('a'), digest('b')], event('factors_changed'))
}

const personal = (n: number) =>
  session(n, { kind: 'personal', clientEpoch: undefined, secretDigest: digest(`${n}`), expiresAt: undefined })

/** A filled database that no process has open, and a backup of it. */
const scene = async () => {
  const folder = temporaryFolder()
  const path = folder.file('countersign.db')
  const backup = folder.file('backup.db')
  const store = await openStore({ path })
  await fill(store)
  await store.close()
  await backUpDatabase(path, backup)
  const use = async <T>(work: (store: StoreHandle) => Promise<T>): Promise<T> => {
    const opened = await openStore({ path })
    try {
      return await work(opened)
    } finally {
      await opened.close()
    }
  }
  const restore = (differing: Partial<RestoreOptions> = {}) => restoreDatabase({ ...plain(path, backup), ...differing })
  return { path, backup, folder, use, restore, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

const plain = (path: string, file: string): RestoreOptions => ({
  path,
  file,
  now,
  keepSessions: false,
  keepCredentials: false,
  prove: () => {},
  endKeys: async (store) => {
    const sets = await store.keys.list()
    const live = sets.filter(({ revokedAt }) => revokedAt === undefined).map(({ kid }) => kid)
    const next = keySet(10 + sets.length)
    const successor = { addition: addition(next, sets.at(-1)?.number), audit: event('keys_rotated') }
    await store.keys.revokeAll(live, now, [event('key_revoked')], successor)
  },
  lastStep: 60_000_000,
  feed: randomBytes(11).toString('hex'),
})

const lives = async (store: StoreHandle, n: number): Promise<boolean> => {
  const record = await store.authorizations.find(idOf(n))
  return record !== undefined && isActive(record as AuthorizationRecord, now)
}

const living = async (store: StoreHandle): Promise<number[]> => {
  const found: number[] = []
  for (let n = 1; n <= 20; n++) if (await lives(store, n)) found.push(n)
  return found
}

const secrets = async (store: StoreHandle): Promise<string[]> => {
  const all = await Promise.all(['client-1', 'client-2'].map((id) => store.clients.listCredentials(id)))
  return all
    .flat()
    .filter(({ revokedAt }) => revokedAt === undefined)
    .map(({ id }) => id)
}

describe('a backup', () => {
  it('is one whole file of mode 0600, made while others write, and replaces no file', async () => {
    using here = await scene()
    const file = here.folder.file('other.db')
    await here.use(async (store) => {
      const writes = Array.from({ length: 50 }, (_, n) => store.authorizations.create(clientSession(100 + n), created))
      const [facts] = await Promise.all([backUpDatabase(here.path, file), ...writes])
      assert.equal(facts.bytes, statSync(file).size)
    })
    assert.equal(statSync(file).mode & 0o777, 0o600)
    await assert.rejects(backUpDatabase(here.path, file), { name: 'BackupError', code: 'exists' })
    const names = readdirSync(here.folder.path).filter((name) => name.startsWith('other'))
    assert.deepEqual(names, ['other.db'])
  })

  it('that cannot be made leaves nothing behind', async () => {
    using here = await scene()
    const nowhere = here.folder.file('no/such/folder.db')
    await assert.rejects(backUpDatabase(here.path, nowhere), { name: 'BackupError', code: 'unwritable' })
    writeFileSync(here.path, 'no database'.repeat(1000))
    const file = here.folder.file('other.db')
    await assert.rejects(backUpDatabase(here.path, file), { name: 'BackupError' })
    assert.equal(
      readdirSync(here.folder.path).some((name) => name.startsWith('other')),
      false,
    )
  })
})

describe('a restore into an empty folder', () => {
  it('restores everything on request, and leaves nothing but the database', async () => {
    using here = await scene()
    using empty = temporaryFolder()
    const path = empty.file('countersign.db')
    const done = await restoreDatabase({ ...plain(path, here.backup), keepCredentials: true })
    assert.deepEqual([done.replaced, done.kept, done.outcome], ['absent', undefined, 'as_backed_up'])
    assert.deepEqual(readdirSync(empty.path).sort(), ['countersign.db', 'countersign.db-lock'])
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const store = await openStore({ path })
    assert.deepEqual(await living(store), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    assert.deepEqual((await store.check()).faults, [])
    await store.close()
  })

  it('ends every bearer credential otherwise, and codes that may have been spent', async () => {
    using here = await scene()
    using empty = temporaryFolder()
    const path = empty.file('countersign.db')
    const done = await restoreDatabase(plain(path, here.backup))
    assert.deepEqual([done.outcome, done.sessions], ['credentials_ended', 'ended'])
    const store = await openStore({ path })
    assert.deepEqual(await living(store), [])
    assert.deepEqual(await secrets(store), [])
    assert.equal(await store.recoveryCodes.countLeft('user-1'), 0)
    assert.equal((await store.enrolments.find('user-1')).active?.lastStep, 60_000_000)
    assert.deepEqual(
      (await store.keys.list()).map(({ revokedAt }) => revokedAt),
      [now, undefined],
    )
    assert.equal((await store.users.find('user-1'))?.passwordHash, user(1).passwordHash)
    const { detail } = (await store.audit.list({ limit: 9 })).find(({ action }) => action === 'database_restored') ?? {}
    assert.deepEqual([detail?.outcome, detail?.sessions], ['credentials_ended', 'ended'])
    await store.close()
  })
})

describe('a restore over a later state of the backup', () => {
  it('brings back nothing that was ended since, and no older role, password or secret', async () => {
    using here = await scene()
    await here.use(async (store) => {
      await store.authorizations.revoke(idOf(1), now, event('authorization_revoked'))
      await store.authorizations.revoke(idOf(5), now, event('authorization_revoked'))
      const token = { authorizationId: idOf(7), tokenId: 'jti', expiresAt: now + 600 }
      await store.authorizations.revokeToken(token, event('token_revoked'))
      await store.users.change('user-1', { role: 'viewer', at: now }, always, [event('user_changed')])
      const password = { hash: 'changed', standsAlone: true, mustChangeSince: undefined }
      await store.users.reset(
        { userId: 'user-1', password, secret: enrolment(5), requiredFactors: ['password'] },
        always,
        event('password_changed'),
      )
      await store.users.change('user-2', { disabled: true, at: now }, always, [event('user_changed')])
      await store.users.remove('user-3', event('user_deleted'))
      await store.clients.revokeCredential('key-1', now, event('credential_revoked'))
      await store.clients.remove('client-2', event('client_deleted'))
      await store.keys.add(addition(keySet(2), 1), event('keys_rotated'))
      await store.keys.revoke('kid-1', now, event('key_revoked'))
      await store.counters.change(['a'], () => ({
        next: [lockedOut],
        result: undefined,
      }))
      await store.settings.put('efa.access', 60, event('setting_changed'))
      await store.marks.raiseHighWater(now)
      await store.users.create(user(4), event('user_created'))
      await store.authorizations.create(clientSession(11), created)
    })
    const done = await here.restore({ keepSessions: true })
    assert.deepEqual([done.replaced, done.outcome, done.sessions], ['later', 'carried_over', 'kept'])
    assert.deepEqual(done.leftBehind, { people: ['Ada.4'], clients: [] })
    assert.deepEqual(done.carried, {
      people_deleted: 1,
      people_disabled: 1,
      roles_changed: 1,
      ways_in_changed: 2,
      clients_deleted: 1,
      clients_disabled: 0,
      secrets_revoked: 2,
      authorizations_revoked: 3,
    })
    await here.use(async (store) => {
      // Sessions of the one who was reset, and tokens of the client whose secret was revoked, ended with that.
      assert.deepEqual(await living(store), [6])
      assert.equal((await store.authorizations.find(idOf(7), 'jti'))?.tokenRevoked, true)
      const ada = await store.users.find('user-1')
      assert.deepEqual([ada?.role, ada?.passwordHash, ada?.requiredFactors], ['viewer', 'changed', ['password']])
      assert.deepEqual((await store.enrolments.find('user-1')).active?.sealed, enrolment(5).sealed)
      assert.equal(await store.recoveryCodes.countLeft('user-1'), 0)
      assert.notEqual((await store.users.find('user-2'))?.disabledAt, undefined)
      assert.equal(await store.users.find('user-3'), undefined)
      assert.equal(await store.clients.find('client-2'), undefined)
      assert.deepEqual(await secrets(store), ['key-3'])
      assert.deepEqual(
        (await store.keys.list()).map(({ kid, revokedAt }) => [kid, revokedAt]),
        [
          ['kid-1', now],
          ['kid-2', undefined],
        ],
      )
      assert.equal((await store.counters.read(['a']))[0]?.failures, 5)
      assert.equal(await store.settings.get('efa.access'), 60)
      assert.equal(await store.marks.highWater(), now)
      const actions = (await store.audit.list({ limit: 100 })).map(({ action }) => action)
      assert.equal(actions[0], 'database_restored')
      for (const action of ['user_deleted', 'client_deleted', 'key_revoked'] as const)
        assert.ok(actions.includes(action))
      assert.deepEqual((await store.check()).faults, [])
    })
  })

  it('brings back nothing that was ended so long ago that it was forgotten', async () => {
    using here = await scene()
    const later = now + 3 * 365 * 86_400
    await here.use(async (store) => {
      await store.authorizations.revoke(idOf(5), now, event('authorization_revoked'))
      await store.authorizations.collectGarbage(later)
      assert.equal(await store.authorizations.find(idOf(5)), undefined)
      assert.notEqual(await store.authorizations.find(idOf(6)), undefined)
    })
    const { carried } = await here.restore({ keepSessions: true, now: later })
    await here.use(async (store) => {
      const { revokedAt } = (await store.authorizations.find(idOf(5)))?.authorization ?? {}
      assert.equal(revokedAt, later)
      assert.equal((await store.authorizations.find(idOf(6)))?.authorization.revokedAt, undefined)
      const gone = (await living(store)).filter((n) => n < 10)
      assert.deepEqual(gone, [6, 7, 9])
    })
    assert.equal(carried?.authorizations_revoked, 6)
  })

  it('has every user as they are now, with a version above both, and no earlier guess, code or secret', async () => {
    using here = await scene()
    const idle = session(12, { clientEpoch: undefined, clientId: 'countersign', idleSeconds: 600 })
    const again = here.folder.file('again.db')
    const table = (path: string, name: string, order: string) => {
      using stranger = strangerAt(path)
      return stranger.all(`select * from ${name} order by ${order}`) as Record<string, unknown>[]
    }
    await here.use((store) => store.authorizations.create(idle, created))
    await backUpDatabase(here.path, again)
    await here.use(async (store) => {
      const password = { hash: 'given', standsAlone: false, mustChangeSince: now }
      await store.users.reset(
        { userId: 'user-2', password, secret: 'none', requiredFactors: ['password'] },
        always,
        event('password_changed'),
      )
      await store.users.revokeAll('user-3', { personal: true }, event('authorizations_revoked'))
      await store.users.endEverybodysSessions(
        { userId: 'owner', keep: idOf(12) },
        always,
        event('authorizations_revoked'),
      )
      await store.recoveryCodes.spend('user-1', digest('a'), now, event('factors_changed'))
      await store.enrolments.countFailure('user-1')
      await store.counters.change(['a'], () => ({ next: [lockedOut], result: undefined }))
    })
    const names = ['users', 'enrolments', 'recovery_codes', 'counters'] as const
    const orders = { users: 'id', enrolments: 'user_id, slot', recovery_codes: 'user_id, digest', counters: 'key' }
    const read = (path: string) => Object.fromEntries(names.map((name) => [name, table(path, name, orders[name])]))
    const [old, later] = [read(again), read(here.path)]
    await here.restore({ file: again, keepSessions: true })
    const restored = read(here.path)
    for (const name of names.slice(1)) assert.deepEqual(restored[name], later[name], name)
    const bare = (rows: readonly Record<string, unknown>[] = []) => rows.map((row) => ({ ...row, version: undefined }))
    assert.deepEqual(bare(restored.users), bare(later.users))
    const versions = (rows: readonly Record<string, unknown>[] = []) => rows.map(({ version }) => Number(version))
    const most = versions(old.users).map((version, at) => Math.max(version, versions(later.users)[at] ?? 0))
    assert.deepEqual(
      versions(restored.users),
      most.map((version) => version + 1),
    )
    assert.equal(restored.users?.find(({ id }) => id === 'user-2')?.must_change_since, now)
    assert.equal(await here.use((store) => store.recoveryCodes.countLeft('user-1')), 1)
    // It ended by itself, for want of use.
    assert.equal(await here.use((store) => lives(store, 12)), false)
  })

  it('ends sessions and key sets unless they are to be kept; personal tokens and secrets live on', async () => {
    using here = await scene()
    const done = await here.restore()
    assert.deepEqual([done.outcome, done.sessions], ['carried_over', 'ended'])
    await here.use(async (store) => {
      // The standing one is what the next token of the client draws on; what was signed under it ended with the keys.
      assert.deepEqual(await living(store), [5, 6, 7, 9])
      assert.deepEqual(await secrets(store), ['key-1', 'key-3', 'key-2'])
      assert.deepEqual(
        (await store.keys.list()).map(({ revokedAt }) => revokedAt),
        [now, undefined],
      )
    })
  })

  it('N-504 keeps superseded refresh tokens superseded, and the live one alive', async () => {
    using here = await scene()
    await here.use(async (store) => {
      await store.authorizations.rotate(refresh(2), rotationAudit)
      await store.authorizations.rotate(refresh(2, { generation: 1 }), rotationAudit)
    })
    await here.restore({ keepSessions: true })
    await here.use(async (store) => {
      const next = await store.authorizations.rotate(refresh(2, { generation: 2, now, latest: now }), rotationAudit)
      assert.equal(next.outcome, 'rotated')
      const old = await store.authorizations.rotate(refresh(2, { generation: 1, now, latest: now }), rotationAudit)
      assert.equal(old.outcome, 'reused')
    })
  })

  it('N-504 keeps the session that its owner changed the password with', async () => {
    using here = await scene()
    await here.use((store) =>
      store.users.changePassword(
        { userId: 'user-1', password: { hash: 'own', standsAlone: true }, keep: idOf(3) },
        always,
        event('password_changed'),
      ),
    )
    await here.restore({ keepSessions: true })
    await here.use(async (store) => assert.deepEqual(await living(store), [3, 5, 6, 7, 8, 9, 10]))
  })

  it('N-505 I7 has the owner of now, also one who was made since the backup', async () => {
    for (const successor of ['user-1', 'user-4']) {
      using here = await scene()
      await here.use(async (store) => {
        await store.users.create(user(4), event('user_created'))
        await store.users.transferOwnership('owner', successor, always, event('ownership_transferred'))
        await store.users.remove('owner', event('user_deleted'))
      })
      await here.restore()
      await here.use(async (store) => {
        assert.equal((await store.users.findOwner())?.id, successor)
        assert.equal(await store.users.find('owner'), undefined)
      })
    }
  })

  it('N-505 I7 gives back no ownership that was handed over', async () => {
    using here = await scene()
    await here.use((store) => store.users.transferOwnership('owner', 'user-2', always, event('ownership_transferred')))
    await here.restore()
    await here.use(async (store) => {
      assert.equal((await store.users.findOwner())?.id, 'user-2')
      assert.equal((await store.users.find('owner'))?.role, 'manager')
    })
  })

  it('N-644 begins another revocation feed, in which everything that was issued before is doubtful', async () => {
    using here = await scene()
    const before = await here.use(async (store) => {
      await store.authorizations.revoke(idOf(1), start, event('authorization_revoked'))
      return store.revocations.state()
    })
    assert.equal(before.last, 1)
    await here.restore({ keepSessions: true })
    await here.use(async (store) => {
      const { feed, last, forgotten } = await store.revocations.state()
      assert.match(feed, /^[0-9a-f]{22}$/)
      assert.notEqual(feed, before.feed)
      assert.deepEqual([last, forgotten], [3, 1])
      const wide = { id: '*', before: now + issuingSeconds, until: now + issuingSeconds + longestAccessSeconds }
      assert.deepEqual(await store.revocations.listAfter(0, 9), [
        { sequence: 2, kind: 'subject', ...wide, apis: undefined },
        { sequence: 3, kind: 'client', ...wide, apis: undefined },
      ])
    })
    await here.restore()
    const again = await here.use((store) => store.revocations.state())
    assert.notEqual(again.feed, before.feed)
  })

  it('decides on every table', async () => {
    using here = await scene()
    using stranger = strangerAt(here.path)
    const tables = stranger.all(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`)
    assert.deepEqual(tables.map((row) => Object.values(row as object)[0]).sort(), Object.keys(fates).sort())
  })
})

describe('a restore over a database of which nothing is known', () => {
  const ways: Readonly<Record<string, (here: { path: string; backup: string }) => Promise<Partial<RestoreOptions>>>> = {
    damaged: async ({ path }) => {
      const bytes = statSync(path).size
      writeFileSync(path, Buffer.alloc(bytes, 7))
      return {}
    },
    newer: async ({ path }) => {
      using stranger = strangerAt(path)
      stranger.exec(`insert into schema_versions values (999, 'from the future', 0)`)
      return {}
    },
    other_key: async () => {
      let asked = 0
      return {
        prove: () => {
          if (++asked === 2) throw new Error('wrong master key')
        },
      }
    },
    unrelated: async ({ path }) => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
      const store = await openStore({ path })
      for (const value of [1, 2]) await store.settings.put('x', value, event('setting_changed'))
      await fill(store)
      await store.close()
      return {}
    },
  }

  it.each(Object.entries(ways))('%s: ends every bearer credential', async (state, spoil) => {
    using here = await scene()
    const options = await spoil(here)
    const before = statSync(here.path).size
    const done = await here.restore(options)
    assert.deepEqual([done.replaced, done.outcome], [state, 'credentials_ended'])
    assert.equal(statSync(done.kept ?? '').mode & 0o777, 0o600)
    assert.equal(statSync(done.kept ?? '').size, before)
    await here.use(async (store) => {
      assert.deepEqual(await living(store), [])
      assert.deepEqual(await secrets(store), [])
    })
  })

  it('an older state than the backup: the backup is no earlier state of it', async () => {
    using here = await scene()
    const later = here.folder.file('later.db')
    copyFileSync(here.path, here.folder.file('older.db'))
    await here.use((store) => store.users.remove('user-3', event('user_deleted')))
    await backUpDatabase(here.path, later)
    copyFileSync(here.folder.file('older.db'), here.path)
    const done = await here.restore({ file: later })
    assert.deepEqual([done.replaced, done.outcome], ['unrelated', 'credentials_ended'])
  })

  it('one that an older backup was restored over: what was made between the two is in the backup alone', async () => {
    using here = await scene()
    await here.use((store) => store.users.create(user(4), event('user_created')))
    const tuesday = here.folder.file('tuesday.db')
    await backUpDatabase(here.path, tuesday)
    await here.use((store) => store.users.create(user(5), event('user_created')))
    assert.equal((await here.restore()).replaced, 'later')
    const done = await here.restore({ file: tuesday, keepCredentials: true })
    assert.equal(done.replaced, 'unrelated')
    await here.use(async (store) => assert.notEqual(await store.users.find('user-4'), undefined))
    // The same one again, and one that is older still, find a later state.
    assert.equal((await here.restore({ file: tuesday })).replaced, 'later')
    assert.equal((await here.restore()).replaced, 'later')
  })

  it('one that an older backup was restored over: places that only rotations have are compared, too', async () => {
    using here = await scene()
    const rotated = [1, 2, 3].map(() => event('authorization_rotated'))
    await here.use((store) => store.audit.note(rotated))
    const tuesday = here.folder.file('tuesday.db')
    await backUpDatabase(here.path, tuesday)
    // The rotations are in the later backup alone.
    writeFileSync(here.path, Buffer.alloc(8192, 7))
    await here.restore()
    await here.use((store) => store.audit.note([event('clock_reset')]))
    const done = await here.restore({ file: tuesday })
    assert.deepEqual([done.replaced, done.outcome], ['unrelated', 'credentials_ended'])
    assert.equal((await here.restore({ file: tuesday })).replaced, 'later')
  })

  it('keeps what was backed up only on request, and no sessions alone', async () => {
    using here = await scene()
    writeFileSync(here.path, Buffer.alloc(8192, 7))
    const refused = here.restore({ keepSessions: true })
    await assert.rejects(refused, { name: 'BackupError', code: 'sessions_unknown' })
    const done = await here.restore({ keepCredentials: true })
    assert.equal(done.outcome, 'as_backed_up')
    await here.use(async (store) => assert.equal(await lives(store, 1), true))
  })
})

describe('a restore that is refused', () => {
  it('changes nothing: no backup, a damaged one, one that another master key sealed, the database itself', async () => {
    using here = await scene()
    const bytes = statSync(here.path).size
    const other = here.folder.file('bad.db')
    const attempts: readonly (readonly [string, Partial<RestoreOptions>])[] = [
      ['unreadable', { file: here.folder.file('none.db') }],
      ['no_backup', { file: here.path }],
      ['no_backup', { file: other }],
    ]
    writeFileSync(other, 'no database'.repeat(1000))
    for (const [code, options] of attempts) await assert.rejects(here.restore(options), { name: 'BackupError', code })
    const sealed = new Error('wrong master key')
    const prove = () => {
      throw sealed
    }
    await assert.rejects(here.restore({ prove }), sealed)
    const damaged = here.folder.file('damaged.db')
    const content = readFileSync(here.backup)
    writeFileSync(damaged, content.fill(7, content.length / 2))
    await assert.rejects(here.restore({ file: damaged }), { name: 'BackupError', code: /damaged|no_backup/ })
    assert.equal(statSync(here.path).size, bytes)
    assert.equal(existsSync(`${here.path}.restoring`), false)
    await here.use(async (store) => assert.equal((await living(store)).length, 10))
  })
})
