/**
 * Packs every package of the workspace that is published, with its bill of materials, and checks what is in the tarballs.
 *
 *     node scripts/pack-all.ts [--as-built] [--only NAME] [--repository URL] [FOLDER]      default: dist-packages
 *
 * --as-built: packs what was built before, and writes nothing into the packages.
 * --only: packs only the package of this name.
 * --repository: where the sources are published. The manifests say so.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Packer } from './pack/packer.ts'
import { publishedPackages } from './pack/published.ts'
import { faultsOf, readTarball } from './pack/tarball.ts'

const root = resolve(import.meta.dirname, '..')
const { values, positionals } = parseArgs({
  options: { 'as-built': { type: 'boolean' }, only: { type: 'string' }, repository: { type: 'string' } },
  allowPositionals: true,
})
const target = resolve(positionals[0] ?? join(root, 'dist-packages'))

rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
const packer = new Packer({ root, target, asBuilt: values['as-built'] ?? false, repository: values.repository })
const all = publishedPackages(root)
for (const each of all) if ([undefined, each.name].includes(values.only)) await packer.pack(each)

const tarballs = readdirSync(target)
  .filter((name) => name.endsWith('.tgz'))
  .toSorted()
  .map((name) => readTarball(join(target, name)))
const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(12)
const print = (name: string, packed: number, unpacked: number) =>
  console.log(`${name.padEnd(32)}${kib(packed)} packed ${kib(unpacked)} unpacked`)
for (const { manifest, packedBytes, unpackedBytes } of tarballs) {
  print(`${manifest.name} ${manifest.version}`, packedBytes, unpackedBytes)
}
const sum = (of: 'packedBytes' | 'unpackedBytes') => tarballs.reduce((total, tarball) => total + tarball[of], 0)
print('all of them', sum('packedBytes'), sum('unpackedBytes'))
/** All packages on one machine, with whatever they depend on. */
const installed = sum('unpackedBytes') + packer.requiredBytes
const mostInstalled = 60 * 1024 * 1024
console.log(`${'with what they depend on'.padEnd(32)}${' '.repeat(20)}${kib(installed)} installed`)

const faults = tarballs.flatMap((tarball) =>
  faultsOf(tarball, new Set(all.map(({ name }) => name))).map((fault) => `${tarball.manifest.name} ${fault}`),
)
if (installed > mostInstalled) faults.push(`all of them take more than ${kib(mostInstalled).trim()}`)
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
