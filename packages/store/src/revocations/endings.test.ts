import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { transitions } from '../conformance/faults/transitions.ts'
import { endings, prepare } from '../conformance/feed/endings.ts'
import { event, start, withSession } from '../conformance/scenario/fixtures.ts'
import { observeUnits } from '../testing/drivers/unit-observer.ts'
import { endsSomething, isFed } from '../testing/fed.ts'
import { strangerAt } from '../testing/folder.ts'
import { sqliteBackend } from '../testing/sqlite-backend.ts'

/** Whatever ends tokens before their time, and where its entry is written. */
const statements: Readonly<Record<string, string>> = {
  'authorizations/revoke.ts revokeOne': 'end',
  'authorizations/revoke.ts recordToken': 'revokeToken',
  'operation/keys.ts revoke': 'revokeEach',
  'principals/apis.ts store': 'change, if it concerns tokens',
  'principals/apis.ts deleteApi': 'removeApi',
  'principals/apis.ts revokeOfApi': 'removeApi: one entry for all',
  'principals/clients.ts disableAndRevoke': 'auditEnd',
  'principals/clients.ts setTargets': 'auditEnd',
  'principals/clients.ts setEnabled': 'none: it ends nothing',
  'principals/credentials.ts raiseEpoch': 'replaceCredentials',
  'principals/credentials.ts raiseEpochOf': 'revokeCredential',
  'principals/credentials.ts revokeSecret': 'revokeCredential',
  'principals/credentials.ts revokeSecretsOf': 'replaceCredentials',
  'principals/ownership.ts demote': 'transferOwnership',
  'principals/ownership.ts promote': 'transferOwnership',
  'principals/removal.ts deleteUser': 'removeUser',
  'principals/removal.ts deleteClient': 'removeClient',
  'principals/removal.ts revokeGranted': 'removeUser, removeClient: one entry for all',
  'principals/removal.ts revokeThrough': 'removeClient: one entry for all',
  'principals/user-changes.ts disable': 'disableAndRevoke',
  'principals/user-changes.ts setEnabled': 'none: it ends nothing',
  'principals/user-changes.ts setRole': 'change',
  'validity/epochs.ts liftSession': 'none: it keeps a session',
  'validity/epochs.ts raiseBothEpochs': 'endEverything',
  'validity/epochs.ts raiseEpoch': 'endSessions',
  'validity/epochs.ts raiseEveryEpoch': 'endEverybodysSessions',
  'authorizations/garbage.ts forgetExpired': 'none: it ended by itself',
  'authorizations/garbage.ts forgetRevoked': 'none: it was told when it was revoked',
}

const source = join(import.meta.dirname, '..')
const folders = ['authorizations', 'principals', 'factors', 'operation', 'validity', 'audit', 'resources', 'sequences']
const ending = [
  /\b(revoked_at|sessions_epoch|personal_epoch|epoch|disabled_at|role):/,
  /\bremove\(\s*'(users|clients|apis|authorizations)'/,
  /\binsertInto\('revoked_tokens'\)/,
  /\bupdate\(\s*'apis'/,
]

/** Of a statement, also within what is said of it. */
const declaration =
  /^(?:export )?const \w+ = (?:(?:changing|expected|unanswered|alone)\(\s*(?:[^\n]*,\s+)?)*(?:update|remove|statement|insert)\b/

/** The statements of a file that match: each begins at the margin. */
const endingIn = (file: string): readonly string[] =>
  readFileSync(join(source, file), 'utf8')
    .split(/^(?=(?:export )?const )/m)
    .flatMap((block) => {
      const [, name = ''] = /^(?:export )?const (\w+)/.exec(block) ?? []
      return declaration.test(block) && ending.some((one) => one.test(block)) ? [`${file} ${name}`] : []
    })

const units = { observed: undefined as ReturnType<typeof observeUnits> | undefined }
beforeAll(() => {
  units.observed = observeUnits()
})
afterAll(() => units.observed?.[Symbol.dispose]())

const observed = () => {
  if (units.observed === undefined) throw new Error('nothing is observed yet')
  return units.observed
}

describe('whatever ends something is in the revocation feed', () => {
  it('every statement that ends something is known, and where its entry is written', () => {
    const files = folders.flatMap((folder) =>
      readdirSync(join(source, folder))
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
        .map((name) => `${folder}/${name}`),
    )
    assert.deepEqual(files.flatMap(endingIn).sort(), Object.keys(statements).sort())
  })

  it.each(transitions)('$name has an entry in its commit if it ends something, and none if not', async (transition) => {
    const backend = await sqliteBackend()
    try {
      await withSession(backend.store)
      await transition.prepare?.(backend.store)
      observed().clear()
      await transition.act(backend.store)
      assert.ok(observed().units.length > 0)
      assert.deepEqual(
        observed().units.filter((unit) => !isFed(unit)),
        [],
      )
    } finally {
      await backend.dispose()
    }
  })

  it('has seen what it looks for', async () => {
    const backend = await sqliteBackend()
    try {
      let ends = 0
      await prepare(backend.store)
      for (const { act } of Object.values(endings).slice(0, 3)) {
        observed().clear()
        await act(backend.store)
        ends += observed().units.filter(endsSomething).length
      }
      assert.equal(ends, 2)
    } finally {
      await backend.dispose()
    }
  })
})

describe('the removal of a user or a client', () => {
  it.each([
    ['user', 'user-1', 'subject'],
    ['client', 'client-1', 'client'],
  ] as const)('N-645 of a %s with 10,000 sessions writes one entry', async (kind, id, told) => {
    const backend = await sqliteBackend()
    try {
      const { store } = backend
      await withSession(store)
      using stranger = strangerAt(backend.path)
      const columns = stranger
        .all(`select name from pragma_table_info('authorizations') where name <> 'id'`)
        .map((row) => (row as { readonly name: string }).name)
        .join(', ')
      stranger.exec(`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 9999)
        insert into authorizations (id, ${columns})
        select printf('%022x', n), ${columns} from numbers, authorizations`)
      const alive = () => store.authorizations.listLive({ latest: start, limit: 1 })
      assert.equal((await alive()).authorizations.length, 1)
      if (kind === 'user') await store.users.remove(id, event('user_deleted'))
      else await store.clients.remove(id, event('client_deleted'))
      assert.equal((await alive()).authorizations.length, 0)
      const revoked = stranger.all('select id from authorizations where revoked_at is not null')
      assert.equal(revoked.length, 10_000)
      const entries = await store.revocations.listAfter(0, 10)
      assert.deepEqual(
        entries.map((entry) => [entry.kind, entry.id]),
        [[told, id]],
      )
    } finally {
      await backend.dispose()
    }
  })
})
