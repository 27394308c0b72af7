import type { Counter } from '@countersign/core'
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
  newPassword,
  recentFile,
  refresh,
  rotationAudit,
  session,
  standing,
  start,
  user,
} from '../scenario/fixtures.ts'
import { apiTransitions } from './api-transitions.ts'
import { audit, deletes, entry, inserts, type Transition, updates } from './transition.ts'

const counter: Counter = {
  failures: 1,
  strikes: 0,
  windowStartedAt: start,
  blockedUntil: 0,
  succeededAt: undefined,
  endsAt: start + 900,
}
const created = event('authorization_created')
const accepted = {
  userId: 'user-1',
  slot: 'pending',
  sealed: enrolment(2).sealed,
  step: 60_000_000,
  at: start,
} as const
const personal = session(2, { kind: 'personal', secretDigest: digest('personal token') })
const withKey = refresh(1, { retryKeyDigest: digest('key') })

/** Every transition that changes something and is audited. */
export const transitions: readonly Transition[] = [
  {
    name: 'a refresh',
    act: (store) => store.authorizations.rotate(withKey, rotationAudit),
    writes: [updates('authorizations'), inserts('rotations')],
  },
  {
    name: 'a notice of something that changed nothing',
    act: (store) => store.audit.note([event('login_failed', { tally: { key: 'a kind' } })]),
    writes: [audit, inserts('audit_tallies')],
  },
  {
    name: 'the record of an export',
    act: async (store) => {
      const since = await store.audit.exported()
      await store.audit.recordExport(since, { through: 1, hash: 'a'.repeat(64) }, event('audit_exported'))
    },
    writes: [inserts('audit_exports'), audit],
  },
  {
    name: 'the revocation at a reuse',
    prepare: (store) => store.authorizations.rotate(refresh(1), rotationAudit),
    act: (store) => store.authorizations.rotate(refresh(1), rotationAudit),
    writes: [updates('authorizations'), entry, audit],
  },
  {
    name: 'a repeat within the grace',
    prepare: (store) => store.authorizations.rotate(refresh(1), rotationAudit),
    act: (store) =>
      store.authorizations.rotate(refresh(1, { reuseGrace: { seconds: 60, repeats: 32 } }), rotationAudit),
    writes: [updates('authorizations'), audit],
  },
  {
    name: 'a retry after the window',
    prepare: (store) => store.authorizations.rotate(withKey, rotationAudit),
    act: (store) => store.authorizations.rotate({ ...withKey, latest: withKey.latest + 61 }, rotationAudit),
    writes: [audit],
  },
  {
    name: 'a revocation',
    act: (store) => store.authorizations.revoke(idOf(1), start, event('authorization_revoked')),
    writes: [updates('authorizations'), entry, audit],
  },
  {
    name: 'the revocation of one token',
    act: (store) =>
      store.authorizations.revokeToken(
        { authorizationId: idOf(1), tokenId: 't', expiresAt: start + 9 },
        event('token_revoked'),
      ),
    writes: [inserts('revoked_tokens'), entry, audit],
  },
  {
    name: 'a new authorization',
    act: (store) => store.authorizations.create(session(2), created, { replacing: true }),
    writes: [updates('authorizations'), inserts('authorizations'), entry, audit],
  },
  {
    name: 'a new standing authorization',
    act: (store) => store.authorizations.create(standing(2), created),
    writes: [inserts('authorizations'), audit],
  },
  {
    name: 'a new personal token',
    act: (store) => store.authorizations.create(personal, created),
    writes: [inserts('authorizations'), audit],
  },
  {
    name: 'the revocation of a personal token',
    prepare: (store) => store.authorizations.create(personal, created),
    act: (store) => store.authorizations.revoke(personal.id, start, event('authorization_revoked')),
    writes: [updates('authorizations'), entry, audit],
  },
  {
    name: 'a new user',
    act: (store) => store.users.create(user(2), event('user_created'), { secret: enrolment(2, { userId: 'user-2' }) }),
    writes: [inserts('users'), inserts('enrolments'), audit],
  },
  {
    name: 'a change of password',
    act: (store) =>
      store.users.changePassword(
        { userId: 'user-1', password: newPassword('$argon2id$new'), keep: idOf(1) },
        always,
        event('password_changed'),
      ),
    writes: [updates('users'), updates('authorizations'), entry, audit],
  },
  {
    name: 'a new client',
    act: (store) => store.clients.create(client(2), credential(2, { clientId: 'client-2' }), event('client_created')),
    writes: [inserts('clients'), inserts('client_credentials'), audit],
  },
  {
    name: 'the revocation of a secret',
    act: (store) => store.clients.revokeCredential('key-1', start, event('credential_revoked')),
    writes: [updates('client_credentials'), updates('clients'), entry, audit],
  },
  {
    name: 'a rotation of keys',
    prepare: (store) => store.keys.add(addition(keySet(1)), event('keys_rotated')),
    act: (store) => store.keys.add(addition(keySet(2), 1), event('keys_rotated')),
    writes: [updates('key_sets'), inserts('key_sets'), updates('marks'), audit],
  },
  {
    name: 'a change of role',
    act: (store) => store.users.change('user-1', { role: 'viewer', at: start }, always, [event('user_changed')]),
    writes: [updates('users'), entry, audit],
  },
  {
    name: 'a change of the required factors',
    act: (store) =>
      store.users.change('user-1', { requiredFactors: [], at: start }, always, [event('factors_changed')]),
    writes: [updates('users'), entry, audit],
  },
  {
    name: "a user's choice of the required factors",
    act: (store) =>
      store.users.chooseRequiredFactors({ userId: 'user-1', to: [], keep: idOf(1) }, always, event('factors_changed')),
    writes: [updates('users'), updates('authorizations'), updates('users'), entry, audit],
  },
  {
    name: 'the disabling of a user',
    act: (store) => store.users.change('user-1', { disabled: true, at: start }, always, [event('user_changed')]),
    writes: [updates('users'), entry, audit],
  },
  {
    name: 'the enabling of a user',
    prepare: (store) => store.users.change('user-1', { disabled: true, at: start }, always, [event('user_changed')]),
    act: (store) => store.users.change('user-1', { disabled: false, at: start }, always, [event('user_changed')]),
    writes: [updates('users'), audit],
  },
  {
    name: 'the revocation of all that a user holds',
    act: (store) => store.users.revokeAll('user-1', { personal: true }, event('authorizations_revoked')),
    writes: [updates('users'), entry, audit],
  },
  {
    name: 'a reset of password and secret',
    prepare: async (store) => {
      await store.enrolments.put(enrolment(1), event('factors_changed'))
      await store.recoveryCodes.replace('user-1', [digest('code')], event('factors_changed'))
    },
    act: (store) => {
      const password = { ...newPassword('$argon2id$reset'), mustChangeSince: undefined }
      const reset = { userId: 'user-1', password, secret: enrolment(2), requiredFactors: [] }
      return store.users.reset(reset, always, event('password_changed'))
    },
    writes: [
      updates('users'),
      deletes('recovery_codes'),
      deletes('enrolments'),
      inserts('enrolments'),
      { ...updates('users'), when: 'new.sessions_epoch > old.sessions_epoch' },
      entry,
      audit,
    ],
  },
  {
    name: 'a transfer of ownership',
    prepare: (store) => store.users.create(user(2, { role: 'owner' }), event('user_created')),
    act: (store) => store.users.transferOwnership('user-2', 'user-1', always, event('ownership_transferred')),
    writes: [updates('users'), { ...updates('users'), when: "new.role = 'owner'" }, entry, audit],
  },
  {
    name: 'the removal of a user',
    prepare: async (store) => {
      await store.enrolments.put(enrolment(1), event('factors_changed'))
      await store.recoveryCodes.replace('user-1', [digest('code')], event('factors_changed'))
      await store.recentFiles.record('user-1', recentFile(1))
    },
    act: (store) => store.users.remove('user-1', event('user_deleted')),
    writes: [
      ...['users', 'enrolments', 'recovery_codes', 'recent_files'].map(deletes),
      ...[updates('authorizations'), entry, audit],
    ],
  },
  {
    name: 'the replacement of secrets',
    act: (store) => store.clients.replaceCredentials(credential(2), event('credential_created')),
    writes: [updates('clients'), updates('client_credentials'), inserts('client_credentials'), entry, audit],
  },
  {
    name: 'the expiry of a secret',
    act: (store) => store.clients.expireCredential('key-1', start, event('credential_revoked')),
    writes: [updates('client_credentials'), audit],
  },
  {
    name: 'the disabling of a client',
    act: (store) => store.clients.change('client-1', { disabledAt: start }, event('client_changed')),
    writes: [updates('clients'), entry, audit],
  },
  ...apiTransitions,
  {
    name: 'the removal of a client',
    act: (store) => store.clients.remove('client-1', event('client_deleted')),
    writes: [deletes('clients'), deletes('client_credentials'), updates('authorizations'), entry, audit],
  },
  {
    name: 'a new TOTP secret',
    prepare: (store) => store.enrolments.put(enrolment(1), event('factors_changed')),
    act: (store) => store.enrolments.put(enrolment(2), event('factors_changed')),
    writes: [deletes('enrolments'), inserts('enrolments'), updates('users'), audit],
  },
  {
    name: 'the unlocking of a user',
    prepare: async (store) => {
      await store.enrolments.put(enrolment(1, { failures: 100 }), event('factors_changed'))
      await store.counters.change(['codes'], () => ({ next: [counter], result: undefined }))
    },
    act: (store) => {
      const counters = new Map([
        ['account', counter],
        ['codes', null],
      ])
      return store.counters.unlock({ forgiveCodesOf: 'user-1', counters }, event('account_unlocked'))
    },
    writes: [updates('enrolments'), inserts('counters'), deletes('counters'), audit],
  },
  {
    name: 'the first code of a TOTP secret',
    prepare: (store) => store.enrolments.put(enrolment(1, { confirmedAt: undefined }), event('factors_changed')),
    act: (store) =>
      store.enrolments.accept({ ...accepted, slot: 'active', sealed: enrolment(1).sealed }, event('factors_changed')),
    writes: [updates('enrolments'), updates('users'), audit],
  },
  {
    name: 'the first code of a pending TOTP secret',
    prepare: async (store) => {
      await store.enrolments.put(enrolment(1), event('factors_changed'))
      await store.enrolments.put(enrolment(2, { slot: 'pending', confirmedAt: undefined }), event('factors_changed'))
      await store.recoveryCodes.replace('user-1', [digest('code')], event('factors_changed'))
    },
    act: (store) => store.enrolments.accept(accepted, event('factors_changed')),
    writes: [updates('enrolments'), deletes('enrolments'), deletes('recovery_codes'), updates('users'), entry, audit],
  },
  {
    name: 'new recovery codes',
    prepare: (store) => store.recoveryCodes.replace('user-1', [digest('old')], event('factors_changed')),
    act: (store) => store.recoveryCodes.replace('user-1', [digest('a'), digest('b')], event('factors_changed')),
    writes: [deletes('recovery_codes'), inserts('recovery_codes'), updates('users'), audit],
  },
  {
    name: 'a recovery code',
    prepare: (store) => store.recoveryCodes.replace('user-1', [digest('code')], event('factors_changed')),
    act: (store) => store.recoveryCodes.spend('user-1', digest('code'), start, event('factors_changed')),
    writes: [updates('recovery_codes'), audit],
  },
  {
    name: 'a setting',
    act: (store) => store.settings.put('efa.ACCESS', 900, event('setting_changed')),
    writes: [inserts('settings'), audit],
  },
]
