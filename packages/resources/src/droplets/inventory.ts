import { containerPorts, type Droplet, type DropletDriver, type DropletInventory } from './droplet.ts'
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
  const change = async (reference: string, state: Droplet['state'], refuse = unknown): Promise<void> => {
    const ports = state === 'active' ? openPorts(random) : {}
    const outcome = await reached(inventory.changeState(reference, state, clock.now(), ports))
    if (outcome === 'unknown') throw refuse(reference)
  }
  const current = async (reference: string): Promise<Droplet | undefined> => {
    const droplets = await reached(inventory.list())
    return droplets.find(({ id }) => id === reference) ?? droplets.find(({ name }) => name === reference)
  }
  return {
    list: () => reached(inventory.list()),
    find: (number) => reached(inventory.find(number)),
    add: async ({ name, creator }) => {
      if (name !== undefined && !isName(name)) throw invalidName(name)
      for (const candidate of name === undefined ? madeUpNames(random) : [name]) {
        const now = clock.now()
        const added = await reached(
          inventory.insert({
            id: Buffer.from(random.bytes(6)).toString('hex'),
            name: candidate,
            state: 'active',
            creator,
            createdAt: now,
            changedAt: now,
            ports: openPorts(random),
          }),
        )
        if (added !== 'name_taken') return added
      }
      throw nameTaken(name)
    },
    // Starting what runs and stopping what stands still change nothing, as with Docker: it goes on being up as long as it was.
    start: async (reference) => {
      if ((await current(reference))?.state === 'active') return
      await change(reference, 'active', noSuchContainerToStart)
    },
    stop: async (reference) => {
      if ((await current(reference))?.state === 'stopped') return
      await change(reference, 'stopped')
    },
    restart: (reference) => change(reference, 'active'),
    remove: async (reference) => {
      if ((await reached(inventory.remove(reference))) === 'unknown') throw unknown(reference)
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
