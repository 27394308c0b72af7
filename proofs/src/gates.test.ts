/**
 * A gate is held open between a proof and the write that it permitted. Whatever happens in that moment to the person, or to
 * the session that asked, the write must not happen. The list of writes comes from the ports.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type Access,
  createUseCases,
  nativeSessionPolicy,
  type PlainToken,
  type Store,
  totpCode,
  totpStepSeconds,
  type UseCases,
  type User,
  unlockUser,
} from '@countersign/core'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { goodPassword } from './people.ts'
import { here, openTestIssuer, reveal, type TestIssuer } from './test-issuer.ts'

const next = 'another long and honest password'
const nobody = { actor: undefined, circumstances: here } as const

interface Person {
  readonly issuer: TestIssuer
  readonly user: User
  readonly access: Access
}

/** What somebody does on a proof, with the use cases of a store whose writes pass a gate. */
type Act = (gated: UseCases, person: Person) => Promise<unknown>

const shown = { password: goodPassword }
const administrator = ({ access }: Person) => ({
  actor: access.authorization.subject,
  circumstances: here,
  asking: access.authorization,
})

/** By the write at whose gate it waits; more than one where several use cases come to the same. */
const acts: Readonly<Record<string, Readonly<Record<string, Act>>>> = {
  'authorizations.createWithin': {
    'a login': async ({ login, sessions }) => {
      const who = await login.authenticate({ username: 'alice', ...shown }, here)
      return sessions.open(who, nativeSessionPolicy, here)
    },
    'a login that is not complete': async ({ login, sessions }) => {
      const who = await login.begin({ username: 'alice', ...shown }, here)
      return sessions.openIncomplete(who, 'password_change', here)
    },
    'a personal token that a login leaves behind': async ({ login, personalTokens }) => {
      const { user } = await login.authenticate({ username: 'alice', ...shown }, here)
      return personalTokens.createFor(user, { dialect: 'insight', kept: 5 }, here)
    },
  },
  'authorizations.createOn': {
    'a personal token of somebody who has just logged in': async ({ login, personalTokens }) => {
      const { user } = await login.authenticate({ username: 'alice', ...shown }, here)
      return personalTokens.createFor(user, { dialect: 'insight' }, here)
    },
  },
}

/** The same for somebody who is logged in: the session that asks may end, too. */
const shownAnew: Readonly<Record<string, Readonly<Record<string, Act>>>> = {
  'users.changePassword': {
    'a change of password': ({ passwordChange }, { access }) =>
      passwordChange.change(access.authorization, { current: goodPassword, next }, here),
  },
  'users.chooseRequiredFactors': {
    'a choice of factors': ({ freshProof }, { access }) =>
      freshProof.chooseFactors(access.authorization, ['password'], shown, here),
  },
  'enrolments.put': {
    'a new authenticator': ({ freshProof }, { access }) => freshProof.setUpTotp(access.authorization, shown, here),
    'an authenticator of one’s own after a recent login': async ({ freshProof, totp }, { access }) =>
      totp.setUpOwn(await freshProof.requireRecent(access.authorization), here),
  },
  'authorizations.createWithin': {
    'a personal token on a proof': async ({ freshProof, personalTokens }, { access }) => {
      const proof = await freshProof.require(access.authorization, shown, here)
      return personalTokens.create(access, proof, { dialect: 'native' }, here)
    },
    'a personal token after a recent login': async ({ freshProof, personalTokens }, { access }) =>
      personalTokens.create(access, await freshProof.requireRecent(access.authorization), { dialect: 'native' }, here),
  },
  'recoveryCodes.replace': {
    'new recovery codes': ({ freshProof }, { access }) =>
      freshProof.renewRecoveryCodes(access.authorization, shown, here),
  },
  'users.endEverybodysSessions': {
    'the end of everybody’s sessions': async ({ freshProof, people }, { access: { authorization } }) =>
      people.endEverybodysSessions(authorization, await freshProof.require(authorization, shown, here), here),
  },
  'users.transferOwnership': {
    'a transfer of ownership': async ({ freshProof, people }, { access, issuer }) => {
      const { id } = await issuer.addUser({ username: 'successor' })
      return people.transferOwnership(id, await freshProof.require(access.authorization, shown, here), here)
    },
  },
}

/** The same for what is decided on the asking session alone: nothing is shown, and another person is changed. */
const askedFor: Readonly<Record<string, Readonly<Record<string, Act>>>> = {
  'authorizations.createOn': {
    'a long-lived token of a client': async ({ fixedTokens }, { access, issuer }) => {
      const { client } = await issuer.addClient({ name: 'software' })
      const request = { client, dialect: 'efa', lifetimeSeconds: 86_400, asking: access.authorization }
      return fixedTokens.issue(request, here)
    },
  },
  'authorizations.createWithin': {
    'a session beside another': ({ sessions }, { access }) => sessions.openBeside(access, nativeSessionPolicy, here),
  },
  'users.endOtherSessions': {
    'the end of one’s other sessions': ({ people }, { access }) => people.endOtherSessions(access.authorization, here),
  },
  'enrolments.accept': {
    'the confirmation of an authenticator': async ({ freshProof, totp }, { user, access, issuer }) => {
      const secret = await issuer.useCases.totp.setUp(user.id, undefined, here)
      expect(await totp.state(user.id)).toBe('unconfirmed')
      const code = totpCode(secret, Math.floor(issuer.clock.now() / totpStepSeconds))
      return freshProof.confirmTotp(access.authorization, code, here)
    },
  },
  'users.create': {
    'a new person': async ({ people: _, totp }, person) => {
      const { createUserWithSecret } = await import('@countersign/core')
      const given = { username: 'made', role: 'viewer', password: next, requiredFactors: ['password'] } as const
      return createUserWithSecret({ ...gatedDomain(person.issuer), totp }, given, administrator(person))
    },
  },
  'users.change': {
    'a change of somebody': async ({ people }, person) =>
      people.change((await victim(person)).id, { role: 'manager' }, administrator(person)),
  },
  'users.reset': {
    "a reset of somebody's password": async ({ people }, person) =>
      people.reset((await victim(person)).id, { password: next }, administrator(person)),
  },
  'users.remove': {
    'the removal of somebody': async ({ people }, person) =>
      people.remove((await victim(person)).id, administrator(person)),
  },
  'users.revokeAll': {
    'the end of all that somebody holds': async ({ people }, person) =>
      people.revokeAll((await victim(person)).id, { personal: true }, administrator(person)),
  },
}

/** The same for registered software, and for settings. */
const askedForSoftware: typeof askedFor = {
  'clients.create': {
    'a new client': ({ software }, person) => software.create({ name: 'made' }, administrator(person)),
  },
  'clients.replaceCredentials': {
    'a new secret of a client': async ({ software }, person) =>
      software.replaceSecret((await registered(person)).clientId, undefined, administrator(person)),
  },
  'clients.expireCredential': {
    'an end of a secret': async ({ software }, person) =>
      software.expireCredential(await registered(person), 60, administrator(person)),
  },
  'clients.revokeCredential': {
    'the revocation of a secret': async ({ software }, person) =>
      software.revokeCredential(await registered(person), administrator(person)),
  },
  'clients.disable': {
    'the disabling of a client': async ({ software }, person) =>
      software.disable((await registered(person)).clientId, administrator(person)),
  },
  'clients.enable': {
    'the enabling of a client': async ({ software }, person) =>
      software.enable((await registered(person)).clientId, administrator(person)),
  },
  'clients.remove': {
    'the removal of a client': async ({ software }, person) =>
      software.remove((await registered(person)).clientId, administrator(person)),
  },
  'counters.unlock': {
    'the unlocking of somebody': async (_gated, person) => {
      const { username } = await victim(person)
      return unlockUser(gatedDomain(person.issuer), username, administrator(person))
    },
  },
  'settings.put': {
    'a change of a setting': ({ settings }, person) => settings.change('a setting', 1, administrator(person)),
  },
}

async function registered({ issuer }: Person) {
  const { client, credential } = await issuer.addClient({ name: 'software' })
  return { clientId: client.id, id: credential.id }
}

const victim = ({ issuer }: Person) => issuer.addUser({ username: 'victim' })

/** What happens while the gate is open, to the person. */
const events: Readonly<Record<string, (person: Person) => Promise<unknown>>> = {
  'another password is set': ({ issuer, user }) => issuer.useCases.people.reset(user.id, { password: next }, nobody),
  'a new secret is set': ({ issuer, user }) => issuer.useCases.people.reset(user.id, { totp: true }, nobody),
  'new recovery codes are made': async ({ issuer, user }) => {
    const { renewRecoveryCodes } = await import('@countersign/core')
    return renewRecoveryCodes(issuer.domain, user.id, undefined, here)
  },
  'all sessions end': ({ issuer, user }) => issuer.useCases.people.revokeAll(user.id, { personal: false }, nobody),
}

/** What happens to the session that asks. */
const ends: Readonly<Record<string, (person: Person) => Promise<unknown>>> = {
  'the session is ended': ({ issuer, access }) =>
    issuer.useCases.revocation.revoke(access.authorization, access.authorization.subject, here),
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
  clients: issuer.sql('select * from clients order by id'),
  credentials: issuer.sql('select * from client_credentials order by id'),
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
    expect(Object.keys({ ...acts, ...shownAnew, ...askedFor, ...askedForSoftware }).sort()).toEqual(methods.sort())
  })
})
