import type { Domain } from '../domain/domain.ts'
import { Passwords } from '../domain/passwords.ts'
import { UsageMeter } from '../domain/usage-meter.ts'
import { KeyRing } from '../keys/key-ring.ts'
import type { Authorization, AuthorizationRecord } from '../model/authorization/authorization.ts'
import { newAuthorization } from '../model/authorization/new-authorization.ts'
import type { Caller } from '../model/caller.ts'
import { defaultPolicy } from '../model/policy.ts'
import type { Store } from '../ports/store/store.ts'
import { FixedClock } from './fixed-clock.ts'
import { testKeySet, testMasterKey } from './key-sets.ts'
import { SeededRandom } from './seeded-random.ts'

export type StoreAnswers = { readonly [Port in keyof Store]?: Partial<Store[Port]> }

/** A store that answers what a test says, and nothing else: any other question rejects, and names itself. */
export const storeOf = (answers: StoreAnswers): Store =>
  new Proxy({} as Store, {
    get: (_, port: keyof Store) =>
      new Proxy({} as Record<string, unknown>, {
        get: (_, method: string) =>
          (answers[port] as Record<string, unknown> | undefined)?.[method] ??
          (() => Promise.reject(new Error(`the test has no answer for ${port}.${method}`))),
      }),
  })

/** A domain with real keys, a clock that stands still and a store that answers what a test says. */
export function testDomain(
  answers: StoreAnswers,
  given: Partial<Domain> & { readonly clock?: FixedClock } = {},
): Domain & { readonly clock: FixedClock } {
  const clock = new FixedClock()
  const retention = { longestAccessSeconds: 3600, longestRefreshSeconds: 86_400 }
  const ring = new KeyRing([testKeySet()], retention)
  return {
    store: storeOf(answers),
    clock,
    random: new SeededRandom('domain'),
    hasher: new Passwords({
      hash: async (password) => `hash of ${password}`,
      verify: async (spellings, hash) => ({
        matches: spellings.some((password) => hash === `hash of ${password}`),
        outdated: false,
      }),
    }),
    usage: new UsageMeter(clock),
    issuer: 'https://auth.example',
    keys: () => ring,
    retention,
    policy: defaultPolicy,
    masterKey: testMasterKey,
    isCommonPassword: () => false,
    ...given,
  }
}

/** A manager's session of an hour, with a refresh token, but for what is given. */
export const testSession = (
  domain: Pick<Domain, 'clock' | 'random'>,
  given: Partial<Authorization> = {},
): Authorization =>
  newAuthorization(
    {
      kind: 'session',
      subject: { kind: 'user', id: 'ada' },
      clientId: 'countersign',
      dialect: 'native',
      roleCeiling: 'manager',
      scope: ['read', 'write'],
      audience: ['https://auth.example'],
      epoch: 0,
      accessForm: 'jwt',
      accessLifetimeSeconds: 600,
      expiresAt: domain.clock.now() + 3600,
      refreshKeyNumber: 1,
      ...given,
    },
    domain,
  )

/** The row of an Authorization whose subject is an enabled manager, but for what is given. */
export const recordOf = (
  authorization: Authorization,
  given: Partial<AuthorizationRecord> = {},
): AuthorizationRecord => ({
  authorization,
  subject: { name: 'ada', role: 'manager', enabled: true, sessionsEpoch: 0, personalEpoch: 0 },
  client: undefined,
  tokenRevoked: false,
  ...given,
})

/** A login: requests come from one address. */
export const here: Caller = { context: { address: '192.0.2.1', requestId: undefined } }
