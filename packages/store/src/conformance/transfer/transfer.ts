import assert from 'node:assert/strict'
import type { StoreHandle } from '../../open/open.ts'
import type { ImportOptions } from '../../transfer/import.ts'
import { copiedTables } from '../../transfer/plan.ts'
import {
  addition,
  api,
  client,
  credential,
  day,
  digest,
  droplet,
  dropletChange,
  enrolment,
  event,
  fullAuthorization,
  idOf,
  keySet,
  recentFile,
  refresh,
  rotationAudit,
  session,
  start,
  user,
} from '../scenario/fixtures.ts'
import type { Backend, Scenario } from '../scenario/scenario.ts'

const counter = {
  failures: 1,
  strikes: 2,
  windowStartedAt: start,
  blockedUntil: 0,
  succeededAt: start,
  endsAt: start + 900,
}

/** Rows in every table but `sealed_secrets`, which only a new master key fills. More sessions than a page has. */
const fill = async (store: StoreHandle): Promise<void> => {
  for (const n of [1, 2])
    await store.users.create(user(n), event('user_created'), { secret: enrolment(n, { userId: `user-${n}` }) })
  await store.recoveryCodes.replace('user-1', [digest('a'), digest('b')], event('factors_changed'))
  await store.recentFiles.record('user-1', recentFile(1))
  await store.apis.create(api(1), event('api_created'))
  await store.clients.create(client(1), credential(1), event('client_created'))
  await store.authorizations.create(fullAuthorization(9000), event('authorization_created'))
  await Promise.all(
    Array.from({ length: 1203 }, (_, n) => store.authorizations.create(session(n), event('authorization_created'))),
  )
  await store.authorizations.rotate(refresh(1), rotationAudit)
  await store.authorizations.revoke(idOf(2), start, event('authorization_revoked'))
  const token = { authorizationId: idOf(1), tokenId: 't', expiresAt: start + 9 }
  await store.authorizations.revokeToken(token, event('token_revoked'))
  await store.keys.add(addition(keySet(1)), event('keys_rotated'))
  await store.keys.add(addition(keySet(2), 1), event('keys_rotated'))
  await store.counters.change(['a', 'b'], () => ({ next: [counter, counter], result: undefined }))
  await store.usage.record({ latest: start, uses: new Map(), issues: [{ clientId: 'client-1', minute: 9, count: 2 }] })
  await store.settings.put('efa.ACCESS', 900, event('setting_changed'))
  await store.droplets.insert(droplet(1), dropletChange('add'))
  await store.marks.recordServedIssuer('https://issuer.example', event('issuer_changed'))
  await store.audit.note([event('login_failed', { tally: { key: 'a kind' } })])
  const since = await store.audit.exported()
  await store.audit.recordExport(since, { through: 1, hash: 'a'.repeat(64) }, event('audit_exported'))
}

const exported = async (store: StoreHandle): Promise<string> => {
  let all = ''
  await store.exportTo(start + day, (text) => {
    all += text
  })
  return all
}

const options: ImportOptions = {
  feed: 'another-feed',
  prove: () => {},
  audit: (exportedAt) => event('database_imported', { detail: { exported_at: exportedAt } }),
}

const sourceOf = (text: string) =>
  async function* () {
    yield text
  }

/** The rows of each table, as text. */
const tablesIn = (text: string): ReadonlyMap<string, readonly string[]> => {
  const tables = new Map<string, string[]>()
  let rows: string[] = []
  for (const line of text.trimEnd().split('\n')) {
    const { table } = JSON.parse(line)
    if (table !== undefined) {
      rows = []
      tables.set(table, rows)
    } else if (line.startsWith('[')) rows.push(line)
  }
  return tables
}

export const transferScenarios = (
  scenario: Scenario,
  factory: () => Promise<Backend>,
  writesBesideSnapshot: boolean,
): void => {
  const intoAnother = async (work: (target: StoreHandle) => Promise<void>): Promise<void> => {
    const target = await factory()
    try {
      await work(target.store)
    } finally {
      await target.dispose()
    }
  }

  scenario('an import has every row of every table, another feed, and one more audit row', async ({ store }) => {
    await fill(store)
    const before = await exported(store)
    await intoAnother(async (target) => {
      const { exportedAt, rows } = await target.importFrom(sourceOf(before), options)
      const [was, is] = [tablesIn(before), tablesIn(await exported(target))]
      assert.equal(exportedAt, start + day)
      assert.equal(rows, [...was.values()].flat().length)
      assert.deepEqual([...was.keys()], copiedTables)
      for (const [table, found] of was) {
        if (table !== 'sealed_secrets') assert.notEqual(found.length, 0, table)
        if (table === 'served') assert.match(is.get(table)?.join() ?? '', /another-feed/)
        else if (table === 'audit') {
          assert.deepEqual(is.get(table)?.slice(0, -1), found)
          assert.match(is.get(table)?.at(-1) ?? '', /database_imported/)
        } else assert.deepEqual(is.get(table), found, table)
      }
      // What comes next has its place after what was imported.
      await target.users.create(user(3), event('user_created'))
      assert.equal(await target.keys.add(addition(keySet(3), 2), event('keys_rotated')), 'added')
      await target.authorizations.revoke(idOf(3), start, event('authorization_revoked'))
      assert.deepEqual(
        (await target.users.list({ limit: 9 })).users.map(({ id }) => id),
        ['user-1', 'user-2', 'user-3'],
      )
      assert.deepEqual(
        (await target.keys.list()).map(({ number }) => number),
        [1, 2, 3],
      )
    })
  })

  if (writesBesideSnapshot) {
    scenario('an export shows one state, although it is written to meanwhile', async ({ store }) => {
      await fill(store)
      const before = tablesIn(await exported(store))
      let [text, isFirst] = ['', true]
      await store.exportTo(start + day, async (more) => {
        text += more
        // The first text comes before the first read.
        if (!more.includes('"table":"clients"') || !isFirst) return
        isFirst = false
        await store.users.create(user(7), event('user_created'))
        await store.authorizations.revoke(idOf(5), start, event('authorization_revoked'))
      })
      assert.equal(isFirst, false)
      assert.deepEqual(tablesIn(text), before)
      assert.notDeepEqual(tablesIn(await exported(store)), before)
    })
  }

  scenario('an import is refused whole, where it is damaged, not empty, or of another key', async ({ store }) => {
    await store.settings.put('efa.ACCESS', 900, event('setting_changed'))
    const good = await exported(store)
    const damaged: readonly [string, string][] = [
      ['no_export', ''],
      ['no_export', 'SQLite format 3\0'],
      ['no_export', '{"format":"another"}\n'],
      ['damaged', good.slice(0, good.lastIndexOf('{'))],
      ['damaged', good.replace('900', '901')],
      ['damaged', good.replace('"efa.ACCESS"', '"efa.ACCESS",1')],
      ['damaged', good.replace('"table":"settings"', '"table":"sqlite_schema"')],
      ['damaged', `${good}[]\n`],
      ['newer', good.replace(/"schema":\d+/, '"schema":900')],
      ['older', good.replace(/"schema":\d+/, '"schema":1')],
    ]
    await intoAnother(async (target) => {
      const empty = tablesIn(await exported(target))
      for (const [code, text] of damaged) {
        await assert.rejects(
          target.importFrom(sourceOf(text), options),
          { name: 'TransferError', code },
          text.slice(0, 80),
        )
      }
      const prove = () => {
        throw new RangeError('another key')
      }
      await assert.rejects(target.importFrom(sourceOf(good), { ...options, prove }), RangeError)
      assert.deepEqual(tablesIn(await exported(target)), empty)
    })
    await assert.rejects(store.importFrom(sourceOf(good), options), { name: 'TransferError', code: 'not_empty' })
    assert.deepEqual(tablesIn(await exported(store)), tablesIn(good))
  })
}
