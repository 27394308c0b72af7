/**
 * Puts the contract's built types in the place of `transport/contract.js`, which only names them: the package is published, and the contract's
 * is not.
 *
 *     node carry-contract.ts DIST
 */
import { copyFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const [dist = 'dist'] = process.argv.slice(2)
const contract = resolve(import.meta.dirname, '../../spec/dist/gen')
for (const end of ['js', 'd.ts']) copyFileSync(join(contract, `types.${end}`), join(dist, `transport/contract.${end}`))
