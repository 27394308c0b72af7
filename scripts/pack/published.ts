import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface PublishedPackage {
  readonly name: string
  readonly version: string
  readonly folder: string
}

/** The packages that anybody may install. Each says so in `publishConfig`. */
export const publishedPackages = (root: string): readonly PublishedPackage[] =>
  globSync(['packages/*/package.json', 'apps/*/package.json'], { cwd: root })
    .toSorted()
    .map((file) => ({
      folder: dirname(join(root, file)),
      manifest: JSON.parse(readFileSync(join(root, file), 'utf8')),
    }))
    .filter(({ manifest }) => manifest.publishConfig?.access === 'public')
    .map(({ folder, manifest: { name, version } }) => ({ name, version, folder }))
