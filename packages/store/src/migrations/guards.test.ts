import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, it } from 'vitest'
import {
  addition,
  credential,
  digest,
  enrolment,
  event,
  keySet,
  refresh,
  rotationAudit,
  session,
  user,
  withPrincipals,
} from '../conformance/scenario/fixtures.ts'
import { openStore, type StoreHandle } from '../open/open.ts'
import { openPostgresStore } from '../open/open-postgres.ts'
import { strangerAt, temporaryFolder } from '../testing/folder.ts'
import { type Cluster, serverPrograms, startCluster } from '../testing/postgres/cluster.ts'

const dead = `where id = '${session(2).id}'`
const alive = `where id = '${session(1).id}'`
const refused: Readonly<Record<string, string>> = {
  'I3 to take a revocation back': `update authorizations set revoked_at = null ${dead}`,
  'I3 to date a revocation anew': `update authorizations set revoked_at = 6 ${dead}`,
  'I3 to lift what an older epoch has killed': `update authorizations set epoch = 7 ${dead}`,
  'I3 to lower the epoch of an authorization': `update authorizations set epoch = 6 ${alive}`,
  'I1 to give a generation out again': `update authorizations set generation = 2 ${dead}`,
  'I4 to let an authorization live longer': `update authorizations set expires_at = expires_at + 1 ${alive}`,
  'I4 to let an authorization live for ever': `update authorizations set expires_at = null ${alive}`,
  'I4 to widen the role of an authorization': `update authorizations set role_ceiling = 'owner' ${alive}`,
  'I4 to widen the scope of an authorization': `update authorizations set scope = '["all"]' ${alive}`,
  'to give an authorization to another user': `update authorizations set subject_id = 'user-2' ${alive}`,
  "I3 to lower a user's epoch": 'update users set sessions_epoch = sessions_epoch - 1, version = version + 1',
  "I3 to lower a user's personal epoch": 'update users set personal_epoch = personal_epoch - 1, version = version + 1',
  "I3 to lower a client's epoch": 'update clients set epoch = epoch - 1',
  'I3 to take the revocation of a secret back': "update client_credentials set revoked_at = null where id = 'key-2'",
  'I3 to take the revocation of a key back': 'update key_sets set revoked_at = null',
  'I3 to change what was revoked by itself': "update revoked_tokens set token_id = 'other'",
  'S12 to rewrite the trail': "update audit set action = 'clock_reset'",
  'S12 to erase from the trail': 'delete from audit',
  'S12 to erase what was not exported': 'delete from audit where sequence = 4',
  'S12 to write where it would count as exported': "insert into audit (sequence, action, at) values (3, 'x', 1)",
  'S12 to write without a place': "insert into audit (action, at) values ('x', 1)",
  'S12 to rewrite a rotation': 'update rotations set at = 1',
  'S12 to erase a rotation': 'delete from rotations',
  'S12 to write a rotation where it would count as exported': 'insert into rotations (sequence, at) values (3, 1)',
  'S12 to claim another export': 'update audit_exports set through = 99',
  'I7 a second owner': "update users set role = 'owner' where id = 'user-2'",
  'I7 to remove the owner': "delete from users where role = 'owner'",
  'I7 to disable the owner': "update users set disabled_at = 5, version = version + 1 where role = 'owner'",
  'I7 an owner who is disabled':
    "update users set disabled_at = 5, role = 'owner', version = version + 1 where id = 'user-1'",
  'to change how a user logs in without another version': "update users set required_factors = '[]'",
  'to let a login count as a newer one': `update authorizations set authenticated_at = 9 ${alive}`,
  'to let a session be idle for longer': `update authorizations set idle_seconds = 9 ${alive}`,
  'I3 to unspend a recovery code': 'update recovery_codes set spent_at = null',
  'I3 to spend a recovery code anew': 'update recovery_codes set spent_at = 6',
  'I3 to give a spent recovery code another value': "update recovery_codes set digest = x'00'",
  'to accept an earlier step again': 'update enrolments set last_step = last_step - 1',
  'to show a confirmed secret again': 'update enrolments set confirmed_at = null',
  'to give a TOTP secret to another user': "update enrolments set user_id = 'user-2'",
  'to change a TOTP secret in place': "update enrolments set sealed = x'00'",
  'to let a secret live longer': "update client_credentials set expires_at = expires_at + 1 where id = 'key-1'",
  'to give a position of the feed that was not counted': "insert into revocations values (9, 'key', 'k', 1, 1, null)",
  'to rewrite an entry of the feed': "update revocations set id = 'other'",
  'to remove an entry of the feed without a trace': 'delete from revocations',
  'to let a secret live for ever': "update client_credentials set expires_at = null where id = 'key-1'",
}

const fill = async (store: StoreHandle): Promise<void> => {
  await withPrincipals(store)
  await store.authorizations.create(session(1), event('authorization_created'))
  await store.authorizations.create(
    session(2, { revokedAt: 5, epoch: 6, generation: 3 }),
    event('authorization_created'),
  )
  await store.users.create(user(2), event('user_created'))
  await store.users.create(user(3, { role: 'owner' }), event('user_created'))
  await store.enrolments.put(enrolment(1), event('factors_changed'))
  await store.recoveryCodes.replace('user-1', [digest('code')], event('factors_changed'))
  await store.recoveryCodes.spend('user-1', digest('code'), 5, event('factors_changed'))
  await store.clients.addCredential(credential(2, { revokedAt: 5 }), event('credential_created'))
  await store.keys.add(addition(keySet(1, { revokedAt: 5 })), event('keys_rotated'))
  const token = { authorizationId: session(1).id, tokenId: 't', expiresAt: 9 }
  await store.authorizations.revokeToken(token, event('token_revoked'))
  await store.authorizations.rotate(refresh(1), rotationAudit)
  const exported = { through: 3, hash: 'a'.repeat(64) }
  await store.audit.recordExport(await store.audit.exported(), exported, event('audit_exported'))
}

/** The database keeps these by itself, against any program that can write to it. */
describe('the schema refuses', () => {
  const folder = temporaryFolder()
  const path = folder.file('a.db')
  let store: StoreHandle
  beforeAll(async () => {
    store = await openStore({ path })
    await fill(store)
  })
  afterAll(async () => {
    await store.close()
    folder[Symbol.dispose]()
  })

  for (const [what, sql] of Object.entries(refused)) {
    it(what, () => {
      using stranger = strangerAt(path)
      const trails = () =>
        ['audit', 'rotations', 'audit_exports', 'revocations'].map((table) => stranger.all(`select * from ${table}`))
      const before = trails()
      assert.throws(() => stranger.exec(sql), /refused by |UNIQUE constraint failed: users\.role/)
      assert.deepEqual(trails(), before)
    })
  }

  it('none of the transitions that are meant to happen', () => {
    using stranger = strangerAt(path)
    stranger.exec('begin')
    stranger.exec(
      `update authorizations set epoch = 8, generation = 1, expires_at = expires_at - 1, revoked_at = 9 ${alive}`,
    )
    stranger.exec(
      'update users set sessions_epoch = 8, version = version + 1; update clients set epoch = 5; delete from authorizations',
    )
    stranger.exec('update enrolments set last_step = last_step + 1; delete from enrolments; delete from recovery_codes')
    stranger.exec("update client_credentials set expires_at = expires_at - 1; delete from users where role <> 'owner'")
    assert.deepEqual(stranger.all('select * from authorizations'), [])
    stranger.exec('delete from audit where sequence <= 3')
    stranger.exec("update marks set value = 99 where name = 'rotations_dropped'; delete from rotations")
    stranger.exec("update marks set value = 1 where name = 'revocations_forgotten'; delete from revocations")
    stranger.exec('rollback')
  })
})

describe('the schema on PostgreSQL refuses', () => {
  const programs = serverPrograms()
  let cluster: Cluster | undefined
  let store: StoreHandle | undefined
  beforeAll(async () => {
    if ('missing' in programs) return
    cluster = await startCluster()
    store = await openPostgresStore({ url: cluster.url('postgres') })
    await fill(store)
  })
  afterAll(async () => {
    await store?.close()
    await cluster?.[Symbol.asyncDispose]()
  })

  it('the same', (context) => {
    if (cluster === undefined) return context.skip('missing' in programs ? programs.missing : 'no server')
    for (const [what, sql] of Object.entries(refused)) {
      const inItsWords = sql.replaceAll("x'00'", "'\\x00'")
      assert.throws(
        () => cluster?.run(inItsWords),
        /refused by |"users_one_owner"|null value in column "sequence"/,
        what,
      )
    }
  })
})
