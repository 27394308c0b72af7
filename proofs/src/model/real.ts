import type { Client, User } from '@countersign/core'
import { observeUnits } from '@countersign/store/testing'
import { goodPassword } from '../people.ts'
import { openWorld, type World } from '../world.ts'
import { Model, type RefreshOutcome } from './model.ts'

/** The real issuer, with two people and two clients in it. */
export interface Real {
  readonly world: World
  /** What the database was told to write. */
  readonly observer: ReturnType<typeof observeUnits>
  readonly clients: readonly [Client, Client]
  /** How often each outcome of a refresh came up. */
  readonly tally: Map<RefreshOutcome, number>
}

/** Both, alike. */
export async function openBoth(tally: Real['tally']): Promise<{ readonly model: Model; readonly real: Real }> {
  const observer = observeUnits()
  const world = await openWorld()
  const alice = await world.addUser({ username: 'alice', role: 'manager' })
  const bob = await world.addUser({ username: 'bob', role: 'viewer' })
  const signed = await world.addClient({ name: 'signed' })
  const opaque = await world.addClient({ name: 'opaque', tokenForm: 'opaque' })
  const person = ({ id, username: name }: User, role: 'viewer' | 'manager') => ({
    id,
    name,
    role,
    enabled: true,
    epoch: 0,
    personalEpoch: 0,
    password: goodPassword,
  })
  const model = new Model(world.clock.now(), [person(alice, 'manager'), person(bob, 'viewer')])
  return { model, real: { world, observer, clients: [signed.client, opaque.client], tally } }
}
