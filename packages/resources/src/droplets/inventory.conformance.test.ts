import { randomBytes } from 'node:crypto'
import { driverSuite } from '../testing/driver-suite.ts'
import { memoryInventory } from '../testing/memory-inventory.ts'
import { inventoryDriver } from './inventory.ts'

driverSuite(async () => {
  const inventory = memoryInventory()
  const parts = { clock: { now: () => 1_750_000_000 }, random: { bytes: randomBytes } }
  return { driver: inventoryDriver(inventory, parts), trail: inventory.trail, close: async () => undefined }
})
