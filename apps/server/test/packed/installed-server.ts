// The server's package as a stranger has it: packed, and installed by npm without a network.
import { execFile } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const root = resolve(import.meta.dirname, '../../../..')

export interface Manifest {
  readonly version: string
  readonly [member: string]: unknown
}

export class InstalledServer implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'countersign-installed-'))
  /** What the packer printed. */
  printed = ''

  /** Packs what was built, since other tests use it at the same time. */
  static async make(): Promise<InstalledServer> {
    const made = new InstalledServer()
    const script = ['scripts/pack-all.ts', '--as-built', '--only', '@countersign/server', made.tarballs]
    made.printed = (await run(process.execPath, script, { cwd: root })).stdout
    mkdirSync(join(made.folder, 'bin'))
    symlinkSync(process.execPath, join(made.folder, 'bin/node'))
    await run('npm', ['install', '--global', '--offline', '--prefix', made.prefix, made.tarball], { cwd: made.folder })
    return made
  }

  get tarballs(): string {
    return join(this.folder, 'tarballs')
  }

  get tarball(): string {
    const [name = ''] = globSync('*.tgz', { cwd: this.tarballs })
    return join(this.tarballs, name)
  }

  /** Where npm has installed it. */
  get prefix(): string {
    return join(this.folder, 'prefix')
  }

  get package(): string {
    return join(this.prefix, 'lib/node_modules/@countersign/server')
  }

  /** The command that npm has put into its `bin`. */
  get command(): string {
    return join(this.prefix, 'bin/countersign')
  }

  /** A PATH with this Node.js, and nothing of the workspace. */
  get path(): string {
    return `${join(this.folder, 'bin')}:${join(this.prefix, 'bin')}:/usr/bin:/bin`
  }

  get manifest(): Manifest {
    return JSON.parse(readFileSync(join(this.package, 'package.json'), 'utf8')) as Manifest
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
