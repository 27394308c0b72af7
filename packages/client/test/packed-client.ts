// The client as a stranger has it: built, packed, and installed from its tarball. What it depends on is packed from where
// it lies, so that no registry is asked and nothing is linked.
import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const home = fileURLToPath(new URL('..', import.meta.url))
const tsc = createRequire(join(home, '../../package.json')).resolve('typescript/bin/tsc')
const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel', 'error']

/** Without what the package manager that runs the tests tells its children. */
export const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))

/** Makes a folder with a program's package, into which the client is installed. */
export async function installPackedClient(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const tarballs = await mkdtemp(join(folder, 'tarballs-'))
  const fetcher = packageOf('openapi-fetch', home)
  const types = packageOf('openapi-typescript-helpers', fetcher)
  const dependencies = [fetcher, types].map((at, index) => copied(at, join(tarballs, `dependency-${index}`)))
  const packed = await Promise.all([build(join(tarballs, 'package')), ...dependencies].map((at) => pack(at, tarballs)))
  await writeFile(join(folder, 'package.json'), '{"name":"program","private":true,"type":"module"}')
  await run('npm', ['install', '--offline', ...packed, ...quiet], { cwd: folder, env })
}

/** In a copy, so that nobody finds the package without its `dist` meanwhile. */
async function build(copy: string): Promise<string> {
  await mkdir(copy)
  for (const name of ['package.json', 'README.md', 'LICENSE']) await copyFile(join(home, name), join(copy, name))
  const dist = join(copy, 'dist')
  await run(process.execPath, [tsc, '-p', join(home, 'tsconfig.build.json'), '--outDir', dist])
  await run(process.execPath, [join(home, 'carry-contract.ts'), dist])
  return copy
}

/** Files of equal content may be one in pnpm's store; npm packs the second as a link, and does not unpack it. */
async function copied(folder: string, copy: string): Promise<string> {
  await cp(folder, copy, { recursive: true })
  return copy
}

function packageOf(name: string, from: string): string {
  const entry = createRequire(join(from, 'package.json')).resolve(name)
  return entry.slice(0, entry.lastIndexOf(`/${name}/`) + name.length + 1)
}

async function pack(folder: Promise<string>, into: string): Promise<string> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', into, ...quiet]
  const { stdout } = await run('npm', args, { cwd: await folder, env })
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  return join(into, filename)
}
