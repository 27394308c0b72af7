/**
 * Packs every package of the workspace that is not private, as it would be published, and checks what is in the tarballs.
 *
 *     node scripts/pack-all.ts [--as-built] [FOLDER]      default: dist-packages
 *
 * --as-built: packs what was built before, and writes nothing into the packages.
 */
import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { faultsOf, readTarball } from './pack/tarball.ts'

const root = resolve(import.meta.dirname, '..')
const { values, positionals } = parseArgs({ options: { 'as-built': { type: 'boolean' } }, allowPositionals: true })
const target = resolve(positionals[0] ?? join(root, 'dist-packages'))
const how = values['as-built'] ? ['--config.ignore-scripts=true'] : []

const folders = globSync(['packages/*/package.json', 'apps/*/package.json'], { cwd: root })
  .filter((file) => JSON.parse(readFileSync(join(root, file), 'utf8')).private !== true)
  .map((file) => join(root, dirname(file)))
  .toSorted()

/** The package manager that runs this script, or the pinned one. */
function pnpm(folder: string, ...given: string[]): void {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string }
  const { npm_execpath: running = '' } = process.env
  const [program, ...first] = /pnpm/.test(running) ? [process.execPath, running] : ['npx', '-y', packageManager]
  // The lines of the build belong to standard error: standard output is the list below.
  execFileSync(program ?? '', [...first, ...given], { cwd: folder, stdio: ['ignore', 2, 2] })
}

/**
 * Packs a tarball again, without what a published manifest does not need. pnpm writes development dependencies in the order in which it
 * has resolved them, so that two packs would differ.
 */
function repack(name: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pack-'))
  try {
    execFileSync('tar', ['-xzf', join(target, name), '-C', folder])
    const file = join(folder, 'package/package.json')
    const { devDependencies: _, scripts: __, ...manifest } = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`)
    const quiet = ['--ignore-scripts', '--silent', '--no-update-notifier', '--pack-destination', target]
    execFileSync('npm', ['pack', ...quiet], { cwd: join(folder, 'package'), stdio: ['ignore', 'ignore', 2] })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
for (const folder of folders) pnpm(folder, ...how, 'pack', '--pack-destination', target)
for (const name of readdirSync(target)) repack(name)

const tarballs = readdirSync(target)
  .toSorted()
  .map((name) => readTarball(join(target, name)))
const published = new Set(tarballs.map(({ manifest }) => manifest.name))
const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(12)
for (const { manifest, packedBytes, unpackedBytes } of tarballs) {
  const name = `${manifest.name} ${manifest.version}`.padEnd(32)
  console.log(`${name}${kib(packedBytes)} packed ${kib(unpackedBytes)} unpacked`)
}
const faults = tarballs.flatMap((tarball) =>
  faultsOf(tarball, published).map((fault) => `${tarball.manifest.name} ${fault}`),
)
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
