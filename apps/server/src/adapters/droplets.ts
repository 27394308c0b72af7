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
 * The driver of droplets that the configuration names. No engine is asked anything before somebody asks for a droplet, and
 * its library is loaded only where it is used. Droplets of a shared engine are told apart by the issuer.
 */
export async function openDroplets(config: DropletSettings, parts: DropletParts): Promise<DropletDriver> {
  const { inventory, clock, random } = parts
  const { dropletDriver, dockerSocket: socket, dockerImage: image, dockerPublishAddress: publishAddress } = config
  if (dropletDriver === 'inventory' || image === undefined) return inventoryDriver(inventory, { clock, random })
  const { dockerDriver } = await import('@countersign/resources/docker')
  return dockerDriver({ socket, image, publishAddress, realm: config.issuer }, { journal: inventory, clock, random })
}
