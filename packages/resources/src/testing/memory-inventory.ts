import type { Droplet, DropletCaller, DropletChange, DropletInventory } from '../droplets/droplet.ts'

export const ada: DropletCaller = {
  actor: { kind: 'user', id: 'user-1' },
  name: 'ada',
  address: '192.0.2.1',
  requestId: 'request-1',
}

export interface MemoryInventory extends DropletInventory {
  /** The recorded changes in order, each with its droplet as far as known. */
  readonly trail: readonly (DropletChange & { readonly droplet: string })[]
}

/** An inventory in memory, for one test. */
export const memoryInventory = (): MemoryInventory => {
  const droplets: Droplet[] = []
  const trail: (DropletChange & { droplet: string })[] = []
  let next = 0
  const place = (reference: string): number => {
    const byId = droplets.findIndex(({ id }) => id === reference)
    return byId >= 0 ? byId : droplets.findIndex(({ name }) => name === reference)
  }
  return {
    trail,
    takeNumber: async ({ name }, change) => {
      trail.push({ droplet: name ?? `number ${next}`, ...change })
      return next++
    },
    record: async ({ name }, change) => {
      trail.push({ droplet: name, ...change })
    },
    list: async () => [...droplets],
    find: async (number) => droplets.find((droplet) => droplet.number === number),
    get: async (reference) => droplets[place(reference)],
    insert: async (droplet, change) => {
      if (droplets.some(({ name }) => name === droplet.name)) return 'name_taken'
      const numbered = { ...droplet, number: next++ }
      droplets.push(numbered)
      trail.push({ droplet: droplet.name, ...change })
      return numbered
    },
    changeState: async (reference, to, change) => {
      const at = place(reference)
      const found = droplets[at]
      if (found === undefined) return 'unknown'
      const changed = { ...found, ...to, changedAt: change.at }
      droplets[at] = changed
      trail.push({ droplet: found.name, ...change })
      return changed
    },
    remove: async (reference, change) => {
      const at = place(reference)
      const [removed] = at < 0 ? [] : droplets.splice(at, 1)
      if (removed === undefined) return 'unknown'
      trail.push({ droplet: removed.name, ...change })
      return 'removed'
    },
  }
}
