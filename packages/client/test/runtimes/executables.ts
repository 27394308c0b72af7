import { execFile } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const aside = '.cache/runtimes'
const installed = fileURLToPath(new URL(`../../../../${aside}/node_modules`, import.meta.url))

/** Runtimes are packages of a hundred megabytes each: no dependencies, but taken from there if somebody put them there. */
export const installAside = (name: string): string => `npm install --prefix ${aside} ${name}`

/** The first program of this name whose `--version` matches, of those installed aside, the machine's own, and the PATH. */
export async function executable(name: string, version: RegExp): Promise<string | undefined> {
  // Several versions of Node.js lie side by side, each a package of its own.
  const inPackages = ['.bin', 'node20/bin', 'node22/bin'].map((folder) => join(installed, folder))
  const folders = [...inPackages, '/usr/local/bin', '/usr/bin', ...(process.env.PATH ?? '').split(delimiter)]
  for (const path of folders.map((folder) => join(folder, name))) {
    const told = await run(path, ['--version']).catch(() => undefined)
    if (told && version.test(told.stdout)) return path
  }
  return undefined
}
