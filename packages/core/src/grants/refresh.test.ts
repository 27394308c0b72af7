import { describe, expect, it } from 'vitest'
import type { Domain } from '../domain/domain.ts'
import { KeyRing } from '../keys/key-ring.ts'
import type { Authorization, AuthorizationRecord } from '../model/authorization/authorization.ts'
import type { RotateCommand, Rotation } from '../ports/store/authorizations.ts'
import { here, recordOf, testDomain, testSession } from '../testing/domain.ts'
import { FixedClock } from '../testing/fixed-clock.ts'
import { testKeySet } from '../testing/key-sets.ts'
import { digest } from '../tokens/digest.ts'
import { writeRefreshToken } from '../tokens/refresh-token.ts'
import { createUseCases } from '../use-cases.ts'
import type { RefreshRequest } from './refresh.ts'

const by = { clientId: 'countersign', dialect: 'native' }

/** One session behind a port that records its calls and returns what a test sets. */
function issuerWith(
  given: Partial<Authorization> = {},
  outcome: (record: AuthorizationRecord) => Rotation = (record) => ({ outcome: 'rotated', record }),
  parts: { readonly clock?: FixedClock; readonly keys?: Domain['keys']; readonly leeway?: number } = {},
) {
  const commands: RotateCommand[] = []
  const { leeway, ...rest } = parts
  const domain = testDomain(
    {
      authorizations: {
        find: async (id) => (id === session.id ? record : undefined),
        rotate: async (command) => {
          commands.push(command)
          return outcome({ ...record, authorization: { ...session, generation: session.generation + 1 } })
        },
      },
    },
    rest,
  )
  const session = testSession(domain, given)
  const client = leeway === undefined ? undefined : { enabled: true, epoch: 0, reuseLeewaySeconds: leeway }
  const record = recordOf(session, { client })
  const keys = domain.keys().forSecret(session.refreshKeyNumber ?? 1, domain.clock.latest())
  if (!keys) throw new Error('no such key set')
  const token = writeRefreshToken(session, domain.issuer, keys)
  const { refresh } = createUseCases(domain)
  return {
    domain,
    session,
    commands,
    exchange: (request: Partial<RefreshRequest> = {}, caller = here) =>
      refresh.exchange({ refreshToken: token, by, ...request }, caller),
  }
}

describe('a refresh (RFC 6749 §6)', () => {
  it('works only at the dialect and for the client that the token was given through', async () => {
    const { commands, exchange } = issuerWith()
    for (const other of [
      { clientId: 'countersign', dialect: 'cikit' },
      { clientId: undefined, dialect: 'cikit' },
      { clientId: 'robot', dialect: 'native' },
      { clientId: '', dialect: 'native' },
    ]) {
      await expect(exchange({ by: other })).rejects.toMatchObject({ code: 'grant_invalid' })
    }
    expect(commands, 'none of them was rotated, nor revoked as reused').toEqual([])
    await exchange({ by: { clientId: undefined, dialect: 'native' } })
    await exchange()
    expect(commands).toHaveLength(2)
  })

  it('is refused for a scope that was not granted before anything is spent', async () => {
    const { commands, exchange } = issuerWith({ scope: ['read'] })
    await expect(exchange({ scope: 'read write' })).rejects.toMatchObject({ code: 'scope_invalid' })
    expect(commands).toEqual([])
  })

  it('narrows the new access token alone', async () => {
    const { exchange } = issuerWith()
    const set = await exchange({ scope: 'read' })
    expect(set.scope).toEqual(['read'])
    expect(set.authorization.scope).toEqual(['read', 'write'])
  })

  it('is judged by the latest time and dated by the wall clock', async () => {
    const clock = new FixedClock()
    const { commands, exchange, session } = issuerWith({}, undefined, { clock, leeway: 7 })
    clock.stepBack(900)
    await exchange({ retryKey: 'k'.repeat(22) })
    expect(commands).toMatchObject([
      {
        id: session.id,
        generation: 0,
        now: 1_800_000_000 - 900,
        latest: 1_800_000_000,
        retryKeyDigest: digest('k'.repeat(22)),
        retryWindowSeconds: 60,
        reuseLeewaySeconds: 7,
        refreshKeyNumber: 1,
        from: '192.0.2.1',
        reuseGrace: undefined,
      },
    ])
  })

  it('has no grace for an address that is not known: two of them are not known to be one', async () => {
    const { commands, exchange } = issuerWith()
    await exchange({ grace: { seconds: 60, answer: 'refuse' } }, { context: { ...here.context, address: '' } })
    expect(commands[0]).toMatchObject({ from: undefined })
  })

  it('has no leeway where no registered client is to have one', async () => {
    const { commands, exchange } = issuerWith()
    await exchange()
    expect(commands[0]).toMatchObject({ reuseLeewaySeconds: 0, retryKeyDigest: undefined })
  })

  it('moves the session to the key set that signs now', async () => {
    const sets = [
      testKeySet({ number: 1, supersededAt: 1_800_000_000 }),
      testKeySet({ number: 2, activatesAt: 1_800_000_000 }),
    ]
    const ring = new KeyRing(sets, { longestAccessSeconds: 3600, longestRefreshSeconds: 86_400 })
    const { commands, exchange } = issuerWith({ refreshKeyNumber: 1 }, undefined, { keys: () => ring })
    await exchange()
    expect(commands[0]?.refreshKeyNumber).toBe(2)
  })

  it('says that a token was reused, and of any other refusal nothing more than that', async () => {
    const refusals: readonly (readonly [Rotation, string])[] = [
      [{ outcome: 'reused', authorizationId: 'x' }, 'refresh_token_reused'],
      [{ outcome: 'inactive' }, 'grant_invalid'],
      [{ outcome: 'unknown' }, 'grant_invalid'],
    ]
    for (const [rotation, code] of refusals) {
      await expect(issuerWith({}, () => rotation).exchange()).rejects.toMatchObject({ code })
    }
  })

  it('N-460 gives nothing if the session has ended while the commit was waited for', async () => {
    const clock = new FixedClock()
    const ends = (record: AuthorizationRecord): Rotation => {
      clock.advance(3600)
      return { outcome: 'rotated', record }
    }
    await expect(issuerWith({}, ends, { clock }).exchange()).rejects.toMatchObject({ code: 'grant_invalid' })
  })
})
