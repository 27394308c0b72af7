import type { Random } from '@countersign/core'
import { type DropletDriver, type DropletInventory, inventoryDriver } from '@countersign/resources'
import type { Config } from '../config/config.ts'

type DropletSettings = Pick<
  Config,
  'dropletDriver' | 'dockerSocket' | 'dockerImage' | 'dockerPublishAddress' | 'issuer'
>

export interface DropletParts {
  readonly inventory: DropletInventory
  readonly clock: { now(): number }
  readonly random: Random
}

/**
 * Opens the droplet driver that the configuration names. The driver's library is loaded only if it is used, and the
 * container engine is first contacted when a client requests droplets. On a shared engine, the issuer tells the
 * droplets of several servers apart.
 */
export async function openDroplets(config: DropletSettings, parts: DropletParts): Promise<DropletDriver> {
  const { inventory, clock, random } = parts
  const { dropletDriver, dockerSocket: socket, dockerImage: image, dockerPublishAddress: publishAddress } = config
  if (dropletDriver === 'inventory' || image === undefined) return inventoryDriver(inventory, { clock, random })
  const { dockerDriver } = await import('@countersign/resources/docker')
  return dockerDriver({ socket, image, publishAddress, realm: config.issuer }, { journal: inventory, clock, random })
}
