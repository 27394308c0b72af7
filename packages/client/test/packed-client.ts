// The client as a stranger has it: built, packed, and installed from its tarball.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const home = fileURLToPath(new URL('..', import.meta.url))
const workspace = join(home, '../..')
const cache = join(workspace, '.cache/packed-client')
const tsc = createRequire(join(workspace, 'package.json')).resolve('typescript/bin/tsc')
const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel', 'error']

/** Without what the package manager that runs the tests tells its children. */
export const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))

/** Makes a folder with a program's package, into which the client is installed. */
export async function installPackedClient(folder: string): Promise<void> {
  await cp(await installation(), folder, { recursive: true, verbatimSymlinks: true })
}

/** A folder into which the client, as its sources are now, is installed. The first test to ask makes it; others copy it. */
async function installation(): Promise<string> {
  const made = join(cache, await hashOfSources())
  if (existsSync(made)) return made
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'new-'))
  await install(folder)
  // Two that made it at once have made the same.
  await rename(folder, made).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    await rm(folder, { recursive: true })
  })
  return made
}

/** Of all files that the package is built from; the lockfile stands for the tools and the dependencies. */
async function hashOfSources(): Promise<string> {
  const sources = (await readdir(join(home, 'src'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(workspace, join(entry.parentPath, entry.name)))
  const own = ['package.json', 'README.md', 'LICENSE', 'tsconfig.build.json', 'carry-contract.ts', 'build-commonjs.ts']
  const shared = ['tsconfig.base.json', 'pnpm-lock.yaml', 'spec/gen/types.ts', 'spec/dist/gen/types.js']
  const files = [...sources, ...own.map((name) => join('packages/client', name)), ...shared, 'spec/dist/gen/types.d.ts']
  const hash = createHash('sha256')
  for (const file of [...files, relative(workspace, import.meta.filename)].sort()) {
    hash.update(`${file}\0`).update(await readFile(join(workspace, file)))
  }
  return hash.digest('hex').slice(0, 20)
}

async function install(folder: string): Promise<void> {
  const tarballs = await mkdtemp(join(folder, 'tarballs-'))
  const packed = await pack(await build(join(tarballs, 'package')), tarballs)
  await writeFile(join(folder, 'package.json'), '{"name":"program","private":true,"type":"module"}')
  await run('npm', ['install', '--offline', packed, ...quiet], { cwd: folder, env })
}

/** In a copy, so that nobody finds the package without its `dist` meanwhile. */
async function build(copy: string): Promise<string> {
  await mkdir(copy)
  for (const name of ['package.json', 'README.md', 'LICENSE']) await copyFile(join(home, name), join(copy, name))
  const dist = join(copy, 'dist')
  await run(process.execPath, [tsc, '-p', join(home, 'tsconfig.build.json'), '--outDir', dist])
  for (const step of ['carry-contract.ts', 'build-commonjs.ts']) await run(process.execPath, [join(home, step), dist])
  return copy
}

async function pack(folder: string, into: string): Promise<string> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', into, ...quiet]
  const { stdout } = await run('npm', args, { cwd: folder, env })
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  return join(into, filename)
}
