// Builds the image without a registry: the root file system by the script that the Containerfile calls, of Debian's packages,
// this Node.js and the npm package; then the last stage of the Containerfile itself.
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const repository = resolve(import.meta.dirname, '../../../..')

export interface Ended {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** Runs a program to its end. */
export const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> =>
  new Promise((done) => {
    execFile(command, args, { env, timeout: 150_000, maxBuffer: 1 << 26 }, (error, out, err) =>
      done({ status: error ? Number(error.code ?? 1) || 1 : 0, out, err }),
    )
  })

/** @throws Error if it fails. */
export async function succeed(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> {
  const { status, out, err } = await run(command, args, env)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${err}${out}`)
  return out
}

/** Why the root file system cannot be made here. */
export function whyNoRootFiles(): string | undefined {
  if (process.getuid?.() !== 0) return 'files of another user are made by root only'
  const missing = ['apt-get', 'dpkg-deb', 'tar', 'chroot', 'setpriv'].find(
    (tool) => spawnSync(tool, ['--version']).status !== 0,
  )
  return missing && `${missing} is not installed`
}

/**
 * Makes the root file system of the image.
 *
 * @returns Its folder, or why it cannot be made here.
 */
export async function makeRootFiles(folder: string): Promise<string | { readonly missing: string }> {
  const packages = join(folder, 'packages')
  const pack = join(repository, 'scripts/pack-all.ts')
  await succeed(process.execPath, [pack, '--as-built', '--only', '@countersign/server', packages])
  const [tarball = ''] = readdirSync(packages).filter((name) => name.endsWith('.tgz'))
  await succeed('tar', ['-xzf', join(packages, tarball), '-C', packages])
  const root = join(folder, 'root-files')
  const script = join(repository, 'deploy/container/root-files.sh')
  const { status, err } = await run(script, [root, process.execPath, join(packages, 'package')])
  const [refusal] = /^E: .*/m.exec(err) ?? []
  if (refusal !== undefined) return { missing: `Debian's packages cannot be had here: ${refusal}` }
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${err}`)
  return root
}

/** Settings with which Podman needs neither systemd, a registry nor its own control groups. */
const containersConf = `
[containers]
default_ulimits=["nofile=8192:8192","nproc=4096:4096"]
netns="host"
[engine]
runtime="runc"
cgroup_manager="cgroupfs"
events_logger="file"
`

export type Podman = (...args: readonly string[]) => Promise<Ended>

/** Podman with a storage of its own, or the reason why it is not there. */
export function podmanIn(folder: string): Podman | { readonly missing: string } {
  const missing = ['podman', 'runc'].find((tool) => spawnSync(tool, ['--version']).status !== 0)
  if (missing !== undefined) return { missing: `${missing} is not installed` }
  const settings = join(folder, 'containers.conf')
  writeFileSync(settings, containersConf)
  const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs']
  return (...args) => run('podman', [...storage, ...args], { ...process.env, CONTAINERS_CONF: settings })
}

/** Builds the last stage of the Containerfile. @returns Podman's message if it cannot unpack an image here. */
export async function buildImage(podman: Podman, folder: string, name: string): Promise<string | undefined> {
  const whole = readFileSync(join(repository, 'Containerfile'), 'utf8')
  const stage = 'FROM scratch\nCOPY --from=build /root-files /\n'
  const at = whole.indexOf(stage)
  if (at < 0) throw new Error('the Containerfile has another last stage')
  // What it copies from the stage before is in the context.
  const last = whole.slice(at).replaceAll(/^COPY --from=build (.*)\/([\w-]+) (\S+)$/gm, 'COPY $1$2 $3')
  const context = join(folder, 'context')
  mkdirSync(join(context, 'data'), { recursive: true })
  writeFileSync(join(context, 'Containerfile'), last)
  await succeed('mv', [join(folder, 'root-files'), join(context, 'root-files')])
  const { status, err } = await podman('build', '--format', 'docker', '--isolation', 'chroot', '-t', name, context)
  await succeed('mv', [join(context, 'root-files'), join(folder, 'root-files')])
  return status === 0 ? undefined : err.trimEnd().split('\n').at(-1)
}
