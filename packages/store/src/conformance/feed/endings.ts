import type { Revocation } from '@countersign/core'
import type { StoreHandle } from '../../open/open.ts'
import {
  addition,
  always,
  api,
  cap,
  credential,
  enrolment,
  event,
  idOf,
  keySet,
  newPassword,
  refresh,
  rotationAudit,
  session,
  start,
  user,
  withPrincipals,
} from '../scenario/fixtures.ts'

export type Told = readonly (readonly [Revocation['kind'], string])[]

/** A user, an owner, a client with an Authorization, an API and a key set. */
export const prepare = async (store: StoreHandle): Promise<void> => {
  await withPrincipals(store)
  await store.users.create(user(2, { role: 'owner' }), event('user_created'))
  await store.apis.create(api(1), event('api_created'))
  await store.keys.add(addition(keySet(1)), event('keys_rotated'))
  await store.authorizations.create(session(1), created)
}

const created = event('authorization_created')
const changed = event('user_changed')
const mine = { userId: 'user-1', keep: idOf(1) }

/** What ends something, and what of it is told. */
export const endings: Readonly<
  Record<string, { readonly act: (store: StoreHandle) => Promise<unknown>; readonly told: Told }>
> = {
  'the end of one Authorization': {
    act: (store) => store.authorizations.revoke(idOf(1), start, event('authorization_revoked')),
    told: [['authorization', idOf(1)]],
  },
  'the second end of one': {
    act: async (store) => {
      for (let n = 0; n < 2; n++) await store.authorizations.revoke(idOf(1), start, event('authorization_revoked'))
    },
    told: [['authorization', idOf(1)]],
  },
  'the end of one token, and again': {
    act: async (store) => {
      const token = { authorizationId: idOf(1), tokenId: 't', expiresAt: start + 9 }
      for (let n = 0; n < 2; n++) await store.authorizations.revokeToken(token, event('token_revoked'))
    },
    told: [['token', 't']],
  },
  'a reuse': {
    act: async (store) => {
      for (let n = 0; n < 2; n++) await store.authorizations.rotate(refresh(1), rotationAudit)
    },
    told: [['authorization', idOf(1)]],
  },
  'a replacement': {
    act: (store) => store.authorizations.create(session(2), created, { replacing: true }),
    told: [['authorization', idOf(1)]],
  },
  'an end that comes with a new one': {
    act: (store) =>
      store.authorizations.create(session(2), created, {
        ending: { id: idOf(1), audit: event('authorization_revoked') },
      }),
    told: [['authorization', idOf(1)]],
  },
  'one that yields to a cap': {
    act: (store) => store.authorizations.createWithin(cap({ most: 1, yields: 'any' }), always, session(2), created),
    told: [['authorization', idOf(1)]],
  },
  'another password': {
    act: (store) =>
      store.users.changePassword({ ...mine, password: newPassword('$other') }, always, event('password_changed')),
    told: [['subject', 'user-1']],
  },
  'a reset': {
    act: (store) =>
      store.users.reset({ userId: 'user-1', secret: 'none', requiredFactors: [] }, always, event('factors_changed')),
    told: [['subject', 'user-1']],
  },
  'a choice of factors': {
    act: (store) => store.users.chooseRequiredFactors({ ...mine, to: [] }, always, event('factors_changed')),
    told: [['subject', 'user-1']],
  },
  'factors that are required': {
    act: (store) => store.users.change('user-1', { requiredFactors: [], at: start }, always, [changed]),
    told: [['subject', 'user-1']],
  },
  'another role': {
    act: (store) => store.users.change('user-1', { role: 'viewer', at: start }, always, [changed]),
    told: [['subject', 'user-1']],
  },
  'the same role': {
    act: (store) => store.users.change('user-1', { role: 'manager', at: start }, always, [changed]),
    told: [],
  },
  'the disabling of a user': {
    act: (store) => store.users.change('user-1', { disabled: true, at: start }, always, [changed]),
    told: [['subject', 'user-1']],
  },
  'the enabling of a user': {
    act: (store) => store.users.change('user-1', { disabled: false, at: start }, always, [changed]),
    told: [],
  },
  'the end of a user’s other sessions': {
    act: (store) => store.users.endOtherSessions(mine, always, event('authorizations_revoked')),
    told: [['subject', 'user-1']],
  },
  'the end of all that a user holds': {
    act: (store) => store.users.revokeAll('user-1', { personal: true }, event('authorizations_revoked')),
    told: [['subject', 'user-1']],
  },
  'the end of what an unknown user holds': {
    act: (store) => store.users.revokeAll('unknown', { personal: true }, event('authorizations_revoked')),
    told: [],
  },
  'the end of everybody’s sessions': {
    act: (store) => store.users.endEverybodysSessions(mine, always, event('authorizations_revoked')),
    told: [['subject', '*']],
  },
  'the transfer of the ownership': {
    act: (store) => store.users.transferOwnership('user-2', 'user-1', always, event('ownership_transferred')),
    told: [
      ['subject', 'user-2'],
      ['subject', 'user-1'],
    ],
  },
  'the removal of a user': {
    act: (store) => store.users.remove('user-1', event('user_deleted')),
    told: [['subject', 'user-1']],
  },
  'a TOTP secret that replaces another': {
    act: async (store) => {
      await store.enrolments.put(enrolment(1), event('factors_changed'))
      const pending = enrolment(2, { slot: 'pending', confirmedAt: undefined })
      await store.enrolments.put(pending, event('factors_changed'))
      const { sealed } = pending
      const acceptance = { userId: 'user-1', slot: 'pending', sealed, step: 60_000_000, at: start } as const
      await store.enrolments.accept(acceptance, event('factors_changed'))
    },
    told: [['subject', 'user-1']],
  },
  'the disabling of a client': {
    act: (store) => store.clients.change('client-1', { disabledAt: start }, event('client_changed')),
    told: [['client', 'client-1']],
  },
  'the enabling of a client': {
    act: (store) => store.clients.change('client-1', { disabledAt: null }, event('client_changed')),
    told: [],
  },
  'other targets of a client': {
    act: (store) => store.clients.change('client-1', { targets: { scope: [], apis: [] } }, event('client_changed')),
    told: [['client', 'client-1']],
  },
  'the revocation of a secret': {
    act: (store) => store.clients.revokeCredential('key-1', start, event('credential_revoked')),
    told: [['client', 'client-1']],
  },
  'a secret in place of the others': {
    act: (store) => store.clients.replaceCredentials(credential(2), event('credential_created')),
    told: [['client', 'client-1']],
  },
  'a secret that will expire': {
    act: (store) => store.clients.expireCredential('key-1', start + 1, event('credential_revoked')),
    told: [],
  },
  'the removal of a client': {
    act: (store) => store.clients.remove('client-1', event('client_deleted')),
    told: [['client', 'client-1']],
  },
  'other scopes of an API': {
    act: (store) => store.apis.change('api-1', { scopes: [] }, event('api_changed')),
    told: [['api', 'api-1']],
  },
  'another form of the tokens of an API': {
    act: (store) => store.apis.change('api-1', { tokenForm: 'jwt' }, event('api_changed')),
    told: [['api', 'api-1']],
  },
  'an API that first-party sessions may no longer ask for': {
    act: (store) => store.apis.change('api-1', { firstParty: false }, event('api_changed')),
    told: [['api', 'api-1']],
  },
  'another name of an API': {
    act: (store) => store.apis.change('api-1', { name: 'Other' }, event('api_changed')),
    told: [],
  },
  'the removal of an API': {
    act: (store) => store.apis.remove('api-1', event('api_deleted')),
    told: [['api', 'api-1']],
  },
  'the revocation of a key set': {
    act: (store) => store.keys.revoke('kid-1', start, event('key_revoked')),
    told: [['key', 'kid-1']],
  },
  'the revocation of all key sets': {
    act: async (store) => {
      await store.keys.add(addition(keySet(2), 1), event('keys_rotated'))
      const successor = { addition: addition(keySet(3), 2), audit: event('keys_rotated') }
      await store.keys.revokeAll(['kid-1', 'kid-2'], start, [event('key_revoked')], successor)
    },
    told: [
      ['key', 'kid-1'],
      ['key', 'kid-2'],
    ],
  },
}
