import type { Client } from '@countersign/core'
import { goodPassword } from '../people.ts'
import { openWorld, type World } from '../world.ts'
import { Model, type RefreshOutcome } from './model.ts'

/** The real issuer, with two people and two clients in it. */
export interface Real {
  readonly world: World
  readonly clients: readonly [Client, Client]
  /** How often each outcome of a refresh came up. */
  readonly tally: Map<RefreshOutcome, number>
}

/** Both, alike. */
export async function openBoth(tally: Real['tally']): Promise<{ readonly model: Model; readonly real: Real }> {
  const world = await openWorld()
  await world.addUser({ username: 'alice', role: 'manager' })
  await world.addUser({ username: 'bob', role: 'viewer' })
  const signed = await world.addClient({ name: 'signed' })
  const opaque = await world.addClient({ name: 'opaque', tokenForm: 'opaque' })
  const person = (name: string, role: 'viewer' | 'manager') => ({
    name,
    role,
    enabled: true,
    epoch: 0,
    password: goodPassword,
  })
  const model = new Model(world.clock.now(), [person('alice', 'manager'), person('bob', 'viewer')])
  return { model, real: { world, clients: [signed.client, opaque.client], tally } }
}
