// Makes the tarball of a package, and its bill of materials beside it.
import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { billOf, lockedDigests, type Material, materialsOf } from './bill-of-materials.ts'
import type { PublishedPackage } from './published.ts'
import { stageServer } from './stage-server.ts'
import { bytesOf, installedWith } from './third-party.ts'

export const billName = 'bill-of-materials.cdx.json'

export interface PackerOptions {
  readonly root: string
  /** Where the tarballs are written. */
  readonly target: string
  /** Packs what was built before, and writes nothing into the packages. */
  readonly asBuilt: boolean
  /** Where the sources are published, as people open it. npm compares it with where a package was built. */
  readonly repository: string | undefined
}

export class Packer {
  readonly #options: PackerOptions
  readonly #digests: ReadonlyMap<string, string>
  readonly #required = new Set<string>()

  constructor(options: PackerOptions) {
    this.#options = options
    this.#digests = lockedDigests(options.root)
  }

  async pack(published: PublishedPackage): Promise<void> {
    const scratch = mkdtempSync(join(tmpdir(), 'countersign-pack-'))
    try {
      const folder = join(scratch, 'package')
      mkdirSync(folder)
      const materials = await this.#stage(published, folder)
      this.#finish(published, folder, materials)
    } finally {
      rmSync(scratch, { recursive: true })
    }
  }

  /** What the packed packages depend on, in bytes. */
  get requiredBytes(): number {
    return [...this.#required].reduce((sum, folder) => sum + bytesOf(folder), 0)
  }

  async #stage({ name, folder }: PublishedPackage, into: string): Promise<readonly Material[]> {
    const { root, asBuilt } = this.#options
    if (name === '@countersign/server') return materialsOf(await stageServer(root, into), 'bundled')
    const how = asBuilt ? ['--config.ignore-scripts=true'] : []
    this.#pnpm(folder, ...how, 'pack', '--pack-destination', into)
    const [tarball = ''] = globSync('*.tgz', { cwd: into })
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1'], { cwd: into })
    rmSync(join(into, tarball))
    const required = installedWith(folder)
    for (const { folder: at } of required) this.#required.add(at)
    return materialsOf(required, 'dependency')
  }

  /**
   * Packs without what a published manifest does not need. pnpm writes development dependencies in the order in which it has resolved
   * them, so that two packs would differ.
   */
  #finish({ name, folder: source }: PublishedPackage, folder: string, materials: readonly Material[]): void {
    const { root, target, repository } = this.#options
    const file = join(folder, 'package.json')
    const { devDependencies: _, scripts: __, files, ...manifest } = JSON.parse(readFileSync(file, 'utf8'))
    const url = repository && { type: 'git', url: `git+${repository}.git`, directory: relative(root, source) }
    const origin = url ? { homepage: repository, repository: url, bugs: `${repository}/issues` } : {}
    writeFileSync(
      file,
      `${JSON.stringify({ ...manifest, ...origin, files: [...new Set([...files, billName])] }, null, 2)}\n`,
    )
    const bill = billOf(manifest, materials, this.#digests)
    writeFileSync(join(folder, billName), bill)
    writeFileSync(join(target, `${name.replace('@', '').replace('/', '-')}-${manifest.version}.cdx.json`), bill)
    const quiet = ['--ignore-scripts', '--silent', '--no-update-notifier', '--pack-destination', target]
    execFileSync('npm', ['pack', ...quiet], { cwd: folder, stdio: ['ignore', 'ignore', 2] })
  }

  /** The package manager that runs this script, or the pinned one. */
  #pnpm(folder: string, ...given: string[]): void {
    const manifest = JSON.parse(readFileSync(join(this.#options.root, 'package.json'), 'utf8'))
    const { npm_execpath: running = '' } = process.env
    const [program = '', ...first] = /pnpm/.test(running)
      ? [process.execPath, running]
      : ['npx', '-y', manifest.packageManager]
    // The lines of the build belong to standard error: standard output is for the list of packages.
    execFileSync(program, [...first, ...given], { cwd: folder, stdio: ['ignore', 2, 2] })
  }
}
