import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Docker from 'dockerode'

/** A real engine with its own storage and one image, which sleeps. */
export interface Engine {
  readonly socket: string
  readonly image: string
  /** Runs a container that is not a droplet. */
  runStranger(name: string): Promise<string>
  isRunning(id: string): Promise<boolean>
  close(): Promise<void>
}

const image = 'countersign.test/droplet:1'
/** Ends on SIGTERM, so that tests need not wait for a kill. */
const program = ['/bin/sh', '-c', "trap 'exit 0' TERM; sleep 3600 & wait"]
const busybox = '/bin/busybox'

/** The engine, or the reason why it is not available here. @throws Error if it could run but does not. */
export const podman = async (): Promise<Engine | { readonly missing: string }> => {
  const missing = podmanMissing()
  if (missing !== undefined) return { missing }
  const folder = mkdtempSync(join(tmpdir(), 'countersign-podman-'))
  const problem = storeImage(folder)
  if (problem === undefined) return startPodman(folder)
  rmSync(folder, { recursive: true, force: true })
  console.log(`Podman: ${problem}`)
  return { missing: 'Podman can unpack no image here' }
}

const podmanMissing = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'Podman is tried as root only'
  if (!existsSync(busybox)) return 'busybox-static is not installed'
  const missing = ['podman', 'runc', 'tar'].find((tool) => spawnSync(tool, ['--version']).status !== 0)
  return missing && `${missing} is not installed`
}

/** Settings with which Podman needs neither systemd, a registry nor its own control groups. */
const containersConf = `
[containers]
default_ulimits=["nofile=8192:8192","nproc=4096:4096"]
[engine]
runtime="runc"
cgroup_manager="cgroupfs"
events_logger="file"
`

const storage = (folder: string) => [
  '--root',
  join(folder, 'storage'),
  '--runroot',
  join(folder, 'run'),
  '--storage-driver',
  'vfs',
]
const environment = (folder: string) => ({ ...process.env, CONTAINERS_CONF: join(folder, 'containers.conf') })

/**
 * Creates the image. @returns Podman's message if it lacks permission: it needs namespaces, which a container or a
 * chroot may deny.
 */
const storeImage = (folder: string): string | undefined => {
  const at = (name: string) => join(folder, name)
  writeFileSync(at('containers.conf'), containersConf)
  mkdirSync(at('image/bin'), { recursive: true })
  copyFileSync(busybox, at('image/bin/busybox'))
  for (const name of ['sh', 'sleep']) symlinkSync('busybox', at(`image/bin/${name}`))
  const tar = spawnSync('tar', ['-cf', at('image.tar'), '-C', at('image'), '.'], { encoding: 'utf8' })
  if (tar.status !== 0) throw new Error(`tar: ${tar.stderr}`)
  const change = ['--change', `CMD ${JSON.stringify(program)}`]
  const { status, stderr } = spawnSync('podman', [...storage(folder), 'import', ...change, at('image.tar'), image], {
    env: environment(folder),
    encoding: 'utf8',
    timeout: 60_000,
  })
  return status === 0 ? undefined : stderr.trimEnd().split('\n').at(-1)
}

/** Starts Podman's service on a socket in the folder. @throws Error if it does not answer. */
const startPodman = async (folder: string): Promise<Engine> => {
  const socket = join(folder, 'podman.sock')
  const service = spawn('podman', [...storage(folder), 'system', 'service', '-t', '0', `unix://${socket}`], {
    env: environment(folder),
    stdio: 'ignore',
  })
  const engine = new Docker({ socketPath: socket })
  for (let attempt = 0; ; attempt++) {
    if (await engine.ping().then(Boolean, () => false)) break
    if (attempt === 200 || service.exitCode !== null) throw new Error('the service of Podman does not answer')
    await pause(50)
  }
  return {
    socket,
    image,
    runStranger: async (name) => {
      const container = await engine.createContainer({ name, Image: image })
      await container.start()
      return container.id
    },
    isRunning: async (id) => (await engine.getContainer(id).inspect()).State.Running,
    close: async () => {
      for (const { Id } of await engine.listContainers({ all: true })) {
        await engine.getContainer(Id).remove({ force: true })
      }
      const ended = once(service, 'exit')
      service.kill()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
