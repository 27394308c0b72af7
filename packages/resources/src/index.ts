/**
 * The resources that native API and dialects protect: droplets and recent files. Knows nothing of tokens, HTTP or
 * dialects.
 */
export * from './droplets/droplet.ts'
export { inventoryDriver } from './droplets/inventory.ts'
export * from './recent-files.ts'
