import { randomBytes } from 'node:crypto'
import { driverSuite } from '../testing/driver-suite.ts'
import { memoryInventory } from '../testing/memory-inventory.ts'
import { inventoryDriver } from './inventory.ts'

driverSuite(async () => ({
  driver: inventoryDriver(memoryInventory(), { clock: { now: () => 1_750_000_000 }, random: { bytes: randomBytes } }),
  close: async () => undefined,
}))
