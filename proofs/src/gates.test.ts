/**
 * A gate is held open between a proof and the write that it permitted. Whatever happens in that moment to the user, or to
 * the session that asked, the write must not happen. The list of writes comes from the ports.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type Access,
  callerOf,
  createUseCases,
  localCaller,
  nativeSessionPolicy,
  type PlainToken,
  type Store,
  totpCode,
  totpStepSeconds,
  type UseCases,
  type User,
} from '@countersign/core'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { goodPassword } from './people.ts'
import { here, openTestIssuer, reveal, type TestIssuer } from './test-issuer.ts'

const next = 'another long and honest password'

interface Person {
  readonly issuer: TestIssuer
  readonly user: User
  readonly access: Access
}

/** What a user does on a proof, with the use cases of a store whose writes pass a gate. */
type Act = (gated: UseCases, person: Person) => Promise<unknown>

const shown = { password: goodPassword }
const administrator = ({ access }: Person) => callerOf(access.authorization, here.context)

/** By the write at whose gate it waits; more than one where several use cases come to the same. */
const acts: Readonly<Record<string, Readonly<Record<string, Act>>>> = {
  'authorizations.createWithin': {
    'a login': async ({ login, sessions }) => {
      const who = await login.authenticate({ username: 'alice', ...shown }, here)
      return sessions.open({ who, policy: nativeSessionPolicy }, here)
    },
    'a login that is not complete': async ({ login, sessions }) => {
      const who = await login.begin({ username: 'alice', ...shown }, here)
      return sessions.openIncomplete({ who, kind: 'password_change' }, here)
    },
    'a personal token that a login leaves behind': async ({ login, personalTokens }) => {
      const { user } = await login.authenticate({ username: 'alice', ...shown }, here)
      return personalTokens.createFor({ user, dialect: 'insight', kept: 5 }, here)
    },
  },
  'authorizations.createOn': {
    'a personal token of a user who has just logged in': async ({ login, personalTokens }) => {
      const { user } = await login.authenticate({ username: 'alice', ...shown }, here)
      return personalTokens.createFor({ user, dialect: 'insight' }, here)
    },
  },
}

/** The same for a user who is logged in: the presented session may end, too. */
const shownAnew: Readonly<Record<string, Readonly<Record<string, Act>>>> = {
  'users.changePassword': {
    'a change of password': ({ me }, { access }) =>
      me.changePassword({ current: goodPassword, next }, callerOf(access.authorization, here.context)),
  },
  'users.chooseRequiredFactors': {
    'a choice of factors': ({ me }, { access }) =>
      me.chooseFactors({ required: ['password'], shown }, callerOf(access.authorization, here.context)),
  },
  'enrolments.put': {
    'a new authenticator': ({ me }, { access }) => me.setUpTotp(shown, callerOf(access.authorization, here.context)),
    'an authenticator of one’s own after a recent login': async ({ stepUp, totp }, { access }) =>
      totp.setUpOwn(await stepUp.requireRecent({}, callerOf(access.authorization, here.context)), here),
  },
  'authorizations.createWithin': {
    'a personal token on a proof': async ({ personalTokens, stepUp }, { access }) => {
      const proof = await stepUp.require(shown, callerOf(access.authorization, here.context))
      return personalTokens.create({ access, proof, dialect: 'native' }, here)
    },
    'a personal token after a recent login': async ({ personalTokens, stepUp }, { access }) =>
      personalTokens.create(
        {
          access,
          proof: await stepUp.requireRecent({}, callerOf(access.authorization, here.context)),
          dialect: 'native',
        },
        here,
      ),
  },
  'recoveryCodes.replace': {
    'new recovery codes': ({ me }, { access }) =>
      me.renewRecoveryCodes(shown, callerOf(access.authorization, here.context)),
  },
  'users.endEverybodysSessions': {
    'the end of the sessions of all users': async ({ revocation, stepUp }, { access: { authorization } }) =>
      revocation.endEverybodysSessions(
        await stepUp.require(shown, callerOf(authorization, here.context)),
        callerOf(authorization, here.context),
      ),
  },
  'users.transferOwnership': {
    'a transfer of ownership': async ({ stepUp, users }, { access, issuer }) => {
      const { id } = await issuer.addUser({ username: 'successor' })
      return users.transferOwnership(
        { to: id, proof: await stepUp.require(shown, callerOf(access.authorization, here.context)) },
        here,
      )
    },
  },
}

const orders = { identifier: 'https://orders.example', name: 'Orders' }

/** The same for the APIs, which the owner changes after a recent login. */
const apisChanged: typeof acts = {
  'apis.create': {
    'a new API': async ({ apis, stepUp }, person) =>
      apis.create(orders, administrator(person), await stepUp.requireRecent({}, administrator(person))),
  },
  'apis.change': {
    'a change of an API': async ({ apis, stepUp }, person) => {
      const { id } = await person.issuer.useCases.apis.create(orders, here)
      const proof = await stepUp.requireRecent({}, administrator(person))
      return apis.change({ id, firstParty: false }, administrator(person), proof)
    },
  },
  'apis.remove': {
    'the removal of an API': async ({ apis, stepUp }, person) => {
      const { id } = await person.issuer.useCases.apis.create(orders, here)
      return apis.remove(id, administrator(person), await stepUp.requireRecent({}, administrator(person)))
    },
  },
}

/** The same for the signing keys. */
const keysChanged: typeof acts = {
  'keys.add': {
    'a rotation of the keys': async ({ keys, stepUp }, person) =>
      keys.rotate('ES256', administrator(person), await stepUp.requireRecent({}, administrator(person))),
  },
  'keys.revoke': {
    'the revocation of a key': async ({ keys, stepUp }, person) => {
      const { kid } = await person.issuer.useCases.keys.rotate('ES256', here)
      return keys.revoke(kid, administrator(person), await stepUp.requireRecent({}, administrator(person)))
    },
  },
}

/** The same for what is decided on the asking session alone: nothing is shown, and another user is changed. */
const askedFor: Readonly<Record<string, Readonly<Record<string, Act>>>> = {
  'authorizations.createOn': {
    'a long-lived token of a client': async ({ fixedTokens }, { access, issuer }) => {
      const { client } = await issuer.addClient({ name: 'software' })
      const request = { client, dialect: 'efa', lifetimeSeconds: 86_400 }
      return fixedTokens.issue(request, callerOf(access.authorization, here.context))
    },
  },
  'authorizations.createWithin': {
    'a session beside another': ({ sessions }, { access }) =>
      sessions.openBeside({ access, policy: nativeSessionPolicy }, here),
  },
  'users.endOtherSessions': {
    'the end of one’s other sessions': ({ revocation }, { access }) =>
      revocation.endOtherSessions(callerOf(access.authorization, here.context)),
  },
  'enrolments.accept': {
    'the confirmation of an authenticator': async ({ me, totp }, { user, access, issuer }) => {
      const secret = await issuer.useCases.totp.setUp(user.id, here)
      expect(await totp.state(user.id)).toBe('unconfirmed')
      const code = totpCode(secret, Math.floor(issuer.clock.now() / totpStepSeconds))
      return me.confirmTotp(code, callerOf(access.authorization, here.context))
    },
  },
  'users.create': {
    'a new user': ({ users }, person) =>
      users.create(
        { username: 'made', role: 'viewer', password: next, requiredFactors: ['password'] },
        administrator(person),
      ),
  },
  'users.change': {
    'a change of a user': async ({ users }, person) =>
      users.change({ id: (await victim(person)).id, role: 'manager' }, administrator(person)),
  },
  'users.reset': {
    "a reset of a user's password": async ({ users }, person) =>
      users.reset({ id: (await victim(person)).id, password: next }, administrator(person)),
  },
  'users.remove': {
    'the removal of a user': async ({ users }, person) =>
      users.remove((await victim(person)).id, administrator(person)),
  },
  'users.revokeAll': {
    'the end of all that a user holds': async ({ revocation }, person) =>
      revocation.revokeAllOf({ userId: (await victim(person)).id, personal: true }, administrator(person)),
  },
}

/** The same for registered clients, and for settings. */
const askedForSoftware: typeof askedFor = {
  'clients.create': {
    'a new client': ({ clients }, person) => clients.create({ name: 'made' }, administrator(person)),
  },
  'clients.change': {
    'a change of the APIs of a client': async ({ clients }, person) =>
      clients.change({ id: (await registered(person)).clientId, apis: [] }, administrator(person)),
    'the disabling of a client': async ({ clients }, person) =>
      clients.disable((await registered(person)).clientId, administrator(person)),
    'the enabling of a client': async ({ clients }, person) =>
      clients.enable((await registered(person)).clientId, administrator(person)),
  },
  'clients.replaceCredentials': {
    'a new secret of a client': async ({ clients }, person) =>
      clients.replaceSecret({ clientId: (await registered(person)).clientId }, administrator(person)),
  },
  'clients.expireCredential': {
    'an end of a secret': async ({ clients }, person) =>
      clients.expireCredential({ ...(await registered(person)), expiresInSeconds: 60 }, administrator(person)),
  },
  'clients.revokeCredential': {
    'the revocation of a secret': async ({ clients }, person) =>
      clients.revokeCredential(await registered(person), administrator(person)),
  },
  'clients.remove': {
    'the removal of a client': async ({ clients }, person) =>
      clients.remove((await registered(person)).clientId, administrator(person)),
  },
  'counters.unlock': {
    'the unlocking of a user': async ({ users }, person) =>
      users.unlock({ user: await victim(person) }, administrator(person)),
  },
  'settings.put': {
    'a change of a setting': ({ settings }, person) =>
      settings.change({ name: 'a setting', value: 1 }, administrator(person)),
  },
}

async function registered({ issuer }: Person) {
  const { client, credential } = await issuer.addClient({ name: 'software' })
  return { clientId: client.id, id: credential.id }
}

const victim = ({ issuer }: Person) => issuer.addUser({ username: 'victim' })

/** What happens to the user while the gate is open. */
const events: Readonly<Record<string, (person: Person) => Promise<unknown>>> = {
  'another password is set': ({ issuer, user }) => issuer.useCases.users.reset({ id: user.id, password: next }, here),
  'a new secret is set': ({ issuer, user }) => issuer.useCases.users.reset({ id: user.id, totp: true }, here),
  'new recovery codes are made': ({ issuer, user }) =>
    issuer.useCases.recoveryCodes.renew({ userId: user.id }, localCaller),
  'all sessions end': ({ issuer, user }) =>
    issuer.useCases.revocation.revokeAllOf({ userId: user.id, personal: false }, here),
}

/** What happens to the presented session. */
const ends: Readonly<Record<string, (person: Person) => Promise<unknown>>> = {
  'the session is ended': ({ issuer, access }) =>
    issuer.useCases.revocation.revoke(access.authorization, { ...here, subject: access.authorization.subject }),
  'all sessions end': events['all sessions end'] as (person: Person) => Promise<unknown>,
}

let gate: { readonly write: string; open: () => Promise<unknown> } | undefined

/** A store whose one write waits until the gate was open. */
function gatedStore(store: Store): Store {
  return new Proxy(store, {
    get: (ports, port) => {
      const methods = Reflect.get(ports, port) as Record<string, unknown>
      if (typeof methods !== 'object') return methods
      return new Proxy(methods, {
        get: (_, name) => {
          const method = methods[String(name)]
          if (typeof method !== 'function') return method
          return async (...given: unknown[]) => {
            if (gate?.write === `${String(port)}.${String(name)}`) {
              const { open } = gate
              gate = undefined
              await open()
            }
            return method.apply(methods, given)
          }
        },
      })
    },
  })
}

const gatedDomain = (issuer: TestIssuer) => ({ ...issuer.domain, store: gatedStore(issuer.store) })

async function openPerson(issuer: TestIssuer): Promise<Person> {
  // The owner, so that they may transfer the ownership too.
  const { id } = await issuer.addUser({ role: 'owner' })
  const { accessToken } = await issuer.login()
  const check = await issuer.useCases.accessTokens.check(reveal(accessToken as PlainToken))
  if (check.outcome !== 'active') throw new Error(check.outcome)
  return { issuer, user: (await issuer.store.users.find(id)) as User, access: check.access }
}

/** Everything that a write could have changed. */
const everything = (issuer: TestIssuer) => ({
  users: issuer.sql('select * from users order by id'),
  enrolments: issuer.sql('select user_id, slot, confirmed_at from enrolments order by user_id, slot'),
  codes: issuer.sql('select * from recovery_codes order by digest'),
  authorizations: issuer.sql('select * from authorizations order by id'),
  apis: issuer.sql('select * from apis order by id'),
  clients: issuer.sql('select * from clients order by id'),
  credentials: issuer.sql('select * from client_credentials order by id'),
  keys: issuer.sql('select kid, superseded_at, revoked_at from key_sets order by kid'),
  settings: issuer.sql('select * from settings order by name'),
  unlocked: issuer.sql('select key, succeeded_at from counters where failures = 0 order by key'),
})

const flat = (table: typeof acts) =>
  Object.entries(table).flatMap(([write, byName]) =>
    Object.entries(byName).map(([name, act]) => ({ write, name, act })),
  )

async function held(write: string, act: Act, event: (person: Person) => Promise<unknown>): Promise<void> {
  await using issuer = await openTestIssuer()
  const person = await openPerson(issuer)
  const gated = createUseCases(gatedDomain(issuer))
  let between: ReturnType<typeof everything> | undefined
  gate = {
    write,
    open: async () => {
      await event(person)
      between = everything(issuer)
    },
  }
  await expect(act(gated, person)).rejects.toMatchObject({
    name: 'AuthError',
    code: expect.stringMatching(/^(credentials|token)_invalid$/),
  })
  expect(between).toBeDefined()
  expect(everything(issuer)).toEqual(between)
}

const between = (table: typeof acts, moments: typeof events) =>
  describe.each(flat(table))('N-288 $name', ({ write, act }) => {
    it.each(Object.entries(moments))('does not happen where %s before the write', (_, event) => held(write, act, event))

    it('happens where nothing does', async () => {
      await using issuer = await openTestIssuer()
      const person = await openPerson(issuer)
      await act(createUseCases(gatedDomain(issuer)), person)
    })
  })

between(acts, events)
between(shownAnew, { ...events, ...ends })
between(apisChanged, { ...events, ...ends })
between(keysChanged, { ...events, ...ends })
between(askedFor, ends)
between(askedForSoftware, ends)

describe('the writes that wait at a gate', () => {
  it('are all that take a condition', () => {
    const ports = fileURLToPath(new URL('../../packages/core/src/ports/store/', import.meta.url))
    const methods = readdirSync(ports)
      .map((file) => ts.createSourceFile(file, readFileSync(ports + file, 'utf8'), ts.ScriptTarget.Latest))
      .flatMap((source) =>
        source.statements.filter(ts.isInterfaceDeclaration).flatMap((port) =>
          port.members
            .filter(ts.isMethodSignature)
            .filter(({ parameters }) => parameters.some((one) => one.getText(source).includes('WriteCondition')))
            .map(
              (method) =>
                `${port.name.text.charAt(0).toLowerCase()}${port.name.text.slice(1)}.${method.name.getText(source)}`,
            ),
        ),
      )
    const written = { ...acts, ...shownAnew, ...apisChanged, ...keysChanged, ...askedFor, ...askedForSoftware }
    expect(Object.keys(written).sort()).toEqual(methods.sort())
  })
})
