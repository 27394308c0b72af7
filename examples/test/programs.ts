// Programs that the tests of examples and documents run.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const repository = resolve(import.meta.dirname, '../..')

/** Node.js options that the sources need. */
export const nodeFlags: readonly string[] = ['--conditions=countersign', '--no-warnings=ExperimentalWarning']

/** The result of a program. */
export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Settings of the server, and variables of the test runner. */
const notPassedOn = /^(COUNTERSIGN_|VITEST|NODE_ENV$|NODE_OPTIONS$|NODE_CHANNEL|DEBUG$|FORCE_COLOR$)/

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !notPassedOn.test(name)) as [string, string][]
  const path = `${join(repository, 'node_modules/.bin')}:${process.env.PATH ?? ''}`
  // Otherwise pnpm may install packages in the checkout, which other tests use meanwhile.
  return { ...Object.fromEntries(kept), PATH: path, npm_config_verify_deps_before_run: 'false', ...more }
}

/** Runs a program to its end. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? repository,
    env: environment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (status) => done({ status, stdout, stderr }))
  })
}

/** Puts the command into a folder, as an installation has it. @returns the folder, for `PATH` */
export function installedCommand(within: string): string {
  const folder = join(within, 'bin')
  mkdirSync(folder, { recursive: true })
  const built = join(repository, 'apps/server/bin/countersign.js')
  writeFileSync(join(folder, 'countersign'), `#!/bin/sh\nexec '${process.execPath}' '${built}' "$@"\n`, { mode: 0o755 })
  return folder
}
