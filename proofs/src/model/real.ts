import type { Client, User } from '@countersign/core'
import { observeUnits } from '@countersign/store/testing'
import { expect } from 'vitest'
import { goodPassword } from '../people.ts'
import { openTestIssuer, type TestIssuer } from '../test-issuer.ts'
import { Model, type RefreshOutcome } from './model.ts'

/** The real issuer, with two users and two clients in it. */
export interface Real {
  readonly issuer: TestIssuer
  /** What was written to the database. */
  readonly observer: ReturnType<typeof observeUnits>
  readonly clients: readonly [Client, Client]
  /** How often each outcome of a refresh came up. */
  readonly tally: Map<RefreshOutcome, number>
}

/** Both, alike. */
export async function openBoth(tally: Real['tally']): Promise<{ readonly model: Model; readonly real: Real }> {
  const observer = observeUnits()
  const issuer = await openTestIssuer()
  observer.clear()
  const alice = await issuer.addUser({ username: 'alice', role: 'manager' })
  const bob = await issuer.addUser({ username: 'bob', role: 'viewer' })
  const signed = await issuer.addClient({ name: 'signed' })
  const opaque = await issuer.addClient({ name: 'opaque', tokenForm: 'opaque' })
  expect(observer.units.length, 'one unit for each of the four').toBe(4)
  const modelUser = ({ id, username: name }: User, role: 'viewer' | 'manager') => ({
    id,
    name,
    role,
    enabled: true,
    epoch: 0,
    personalEpoch: 0,
    password: goodPassword,
  })
  const model = new Model(issuer.clock.now(), [modelUser(alice, 'manager'), modelUser(bob, 'viewer')])
  return { model, real: { issuer, observer, clients: [signed.client, opaque.client], tally } }
}
