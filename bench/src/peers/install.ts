// Peers are installed when they are measured: they are no dependency of this repository, and `pnpm install` stays small.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const sources = resolve(import.meta.dirname, '../../peers')
const installed = resolve(import.meta.dirname, '../../../.cache/peers')

export const peerNames = ['oidc-provider', 'better-auth'] as const
export type PeerName = (typeof peerNames)[number]

/** The version in the peer's `package.json`, which its lockfile pins with all that it needs. */
export function versionOf(name: PeerName): string {
  const { dependencies } = JSON.parse(readFileSync(join(sources, name, 'package.json'), 'utf8'))
  return dependencies[name]
}

/** Another lockfile or adapter is another folder. */
function folderOf(name: PeerName): string {
  const digest = createHash('sha256')
  for (const file of ['package-lock.json', 'server.js', 'store.js']) {
    const path = join(sources, name, file)
    if (existsSync(path)) digest.update(readFileSync(path))
  }
  return join(installed, `${name}-${digest.digest('hex').slice(0, 12)}`)
}

export const isInstalled = (name: PeerName): boolean => existsSync(folderOf(name))

/**
 * Installs a peer into `.cache/peers`, by npm and its lockfile, unless it is there. No script of a package is run.
 *
 * @returns The folder, or why it cannot be installed.
 */
export async function install(name: PeerName): Promise<{ readonly folder: string } | { readonly failed: string }> {
  const folder = folderOf(name)
  if (existsSync(folder)) return { folder }
  const unfinished = `${folder}.${process.pid}`
  mkdirSync(dirname(folder), { recursive: true })
  cpSync(join(sources, name), unfinished, { recursive: true })
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
  try {
    await promisify(execFile)('npm', words, { cwd: unfinished })
    if (!existsSync(folder)) renameSync(unfinished, folder)
    return { folder }
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    return { failed: `npm ci failed: ${said.trim().split('\n')[0] ?? ''}` }
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}
