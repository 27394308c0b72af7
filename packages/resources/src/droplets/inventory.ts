import {
  containerPorts,
  type Droplet,
  type DropletCaller,
  type DropletChange,
  type DropletDriver,
  type DropletInventory,
} from './droplet.ts'
import { madeUpNames, type Random } from './names.ts'
import { invalidName, isName, nameTaken, noSuchContainerToStart, unavailable, unknown } from './refusals.ts'

/** The clock that this package needs: epoch seconds. */
export interface Clock {
  now(): number
}

const firstHostPort = 32_768

/**
 * Droplets without containers: the default. States and ports are stored in an inventory, and nothing runs, so that
 * there is a resource to protect without a container engine. Messages are Docker's.
 */
export const inventoryDriver = (
  inventory: DropletInventory,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): DropletDriver => {
  const changed = (action: DropletChange['action'], by: DropletCaller): DropletChange => ({
    action,
    by,
    at: clock.now(),
  })
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
    // Starting a running droplet and stopping a stopped one change nothing, as with Docker: the uptime is kept.
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

/** Converts errors of the inventory to a `DropletError` with a private cause. */
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
  // Low enough that the third port is below 65536.
  const base = firstHostPort + (((high << 8) | low) % 32_765)
  return Object.fromEntries(
    containerPorts.map((port, place) => [port, { type: 'tcp', from: { ip: '0.0.0.0', port: base + place } }]),
  )
}
