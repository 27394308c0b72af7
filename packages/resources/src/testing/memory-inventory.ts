import type { Droplet, DropletInventory } from '../droplets/droplet.ts'

/** An inventory that forgets: enough for one test. */
export const memoryInventory = (): DropletInventory => {
  const droplets: Droplet[] = []
  let next = 0
  const place = (reference: string): number => {
    const byId = droplets.findIndex(({ id }) => id === reference)
    return byId >= 0 ? byId : droplets.findIndex(({ name }) => name === reference)
  }
  return {
    takeNumber: async () => next++,
    list: async () => [...droplets],
    find: async (number) => droplets.find((droplet) => droplet.number === number),
    insert: async (droplet) => {
      if (droplets.some(({ name }) => name === droplet.name)) return 'name_taken'
      const numbered = { ...droplet, number: next++ }
      droplets.push(numbered)
      return numbered
    },
    changeState: async (reference, state, changedAt, ports) => {
      const at = place(reference)
      const found = droplets[at]
      if (found === undefined) return 'unknown'
      droplets[at] = { ...found, state, changedAt, ports }
      return 'changed'
    },
    remove: async (reference) => {
      const at = place(reference)
      if (at < 0) return 'unknown'
      droplets.splice(at, 1)
      return 'removed'
    },
  }
}
