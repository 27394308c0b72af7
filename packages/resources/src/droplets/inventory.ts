import {
  type Asker,
  containerPorts,
  type Droplet,
  type DropletChange,
  type DropletDriver,
  type DropletInventory,
} from './droplet.ts'
import { madeUpNames, type Random } from './names.ts'
import { invalidName, isName, nameTaken, noSuchContainerToStart, unavailable, unknown } from './refusals.ts'

/** The clock, as this room needs it: epoch seconds. */
export interface Clock {
  now(): number
}

const firstHostPort = 32_768

/**
 * Droplets without containers: the embedded default. States and ports are kept in an inventory and nothing runs behind them, so
 * that there is something real to protect where no container engine is at hand. It says what Docker would say, in
 * Docker's words.
 */
export const inventoryDriver = (
  inventory: DropletInventory,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): DropletDriver => {
  const changed = (action: DropletChange['action'], by: Asker): DropletChange => ({ action, by, at: clock.now() })
  const change = async (
    reference: string,
    state: Droplet['state'],
    asked: DropletChange,
    refuse = unknown,
  ): Promise<Droplet> => {
    const ports = state === 'active' ? openPorts(random) : {}
    const changed = await reached(inventory.changeState(reference, { state, ports }, asked))
    if (changed === 'unknown') throw refuse(reference)
    return changed
  }
  const get = (reference: string) => reached(inventory.get(reference))
  return {
    list: () => reached(inventory.list()),
    find: (number) => reached(inventory.find(number)),
    get,
    add: async ({ name }, by) => {
      if (name !== undefined && !isName(name)) throw invalidName(name)
      for (const candidate of name === undefined ? madeUpNames(random) : [name]) {
        const asked = changed('add', by)
        const droplet = {
          id: Buffer.from(random.bytes(6)).toString('hex'),
          name: candidate,
          state: 'active',
          creator: by.name,
          createdAt: asked.at,
          changedAt: asked.at,
          ports: openPorts(random),
        } as const
        const added = await reached(inventory.insert(droplet, asked))
        if (added !== 'name_taken') return added
      }
      throw nameTaken(name)
    },
    // Starting what runs and stopping what stands still change nothing, as with Docker: it goes on being up as long as it was.
    start: async (reference, by) => {
      const found = await get(reference)
      if (found?.state === 'active') return found
      return change(reference, 'active', changed('start', by), noSuchContainerToStart)
    },
    stop: async (reference, by) => {
      const found = await get(reference)
      return found?.state === 'stopped' ? found : change(reference, 'stopped', changed('stop', by))
    },
    restart: (reference, by) => change(reference, 'active', changed('restart', by)),
    remove: async (reference, by) => {
      if ((await reached(inventory.remove(reference, changed('remove', by)))) === 'unknown') throw unknown(reference)
    },
  }
}

/** The inventory's own faults, private, as the one error that a driver rejects with. */
const reached = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer
  } catch (error) {
    throw unavailable(error)
  }
}

/** Three different ports of the host. */
const openPorts = (random: Random): Droplet['ports'] => {
  const [high = 0, low = 0] = random.bytes(2)
  // Far enough below 65536 that the third one still fits.
  const base = firstHostPort + (((high << 8) | low) % 32_765)
  return Object.fromEntries(
    containerPorts.map((port, place) => [port, { type: 'tcp', from: { ip: '0.0.0.0', port: base + place } }]),
  )
}
