import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Docker from 'dockerode'

/** A real engine with storage of its own, and one image in it that sleeps. */
export interface Engine {
  readonly socket: string
  readonly image: string
  /** Runs a container that is nobody's droplet. */
  runStranger(name: string): Promise<string>
  isRunning(id: string): Promise<boolean>
  close(): Promise<void>
}

const image = 'countersign.test/droplet:1'
/** Ends when it is told to: nobody has to wait for it to be killed. */
const program = ['/bin/sh', '-c', "trap 'exit 0' TERM; sleep 3600 & wait"]
const busybox = '/bin/busybox'

/** What is missing for `startPodman`; nothing if it can run. */
export const podmanMissing = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'Podman is tried as root only'
  if (!existsSync(busybox)) return 'busybox-static is not installed'
  const missing = ['podman', 'runc', 'tar'].find((tool) => spawnSync(tool, ['--version']).status !== 0)
  return missing && `${missing} is not installed`
}

/** Settings with which Podman needs neither systemd nor a registry nor control groups of its own. */
const containersConf = `
[containers]
default_ulimits=["nofile=8192:8192","nproc=4096:4096"]
[engine]
runtime="runc"
cgroup_manager="cgroupfs"
events_logger="file"
`

/** Starts Podman's service on a socket in a new folder. @throws Error if it cannot. */
export const startPodman = async (): Promise<Engine> => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-podman-'))
  const at = (name: string) => join(folder, name)
  writeFileSync(at('containers.conf'), containersConf)
  const env = { ...process.env, CONTAINERS_CONF: at('containers.conf') }
  const storage = ['--root', at('storage'), '--runroot', at('run'), '--storage-driver', 'vfs']
  const run = (command: string, args: readonly string[]) => {
    const { status, stderr } = spawnSync(command, args, { env, timeout: 60_000 })
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  }
  mkdirSync(at('image/bin'), { recursive: true })
  copyFileSync(busybox, at('image/bin/busybox'))
  for (const name of ['sh', 'sleep']) symlinkSync('busybox', at(`image/bin/${name}`))
  run('tar', ['-cf', at('image.tar'), '-C', at('image'), '.'])
  run('podman', [...storage, 'import', '--change', `CMD ${JSON.stringify(program)}`, at('image.tar'), image])
  const socket = at('podman.sock')
  const service = spawn('podman', [...storage, 'system', 'service', '-t', '0', `unix://${socket}`], {
    env,
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
