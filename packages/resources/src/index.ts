/** What the five systems protect, so that there is something real to protect. It knows no tokens, HTTP or dialects. */
export * from './droplets/droplet.ts'
export { inventoryDriver } from './droplets/inventory.ts'
export * from './recent-files.ts'
