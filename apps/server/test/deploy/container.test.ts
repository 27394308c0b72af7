// The image, built without a registry and run by Podman, and its file system alone, run by chroot.
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../proxies/proxy.ts'
import { buildImage, makeRootFiles, type Podman, podmanIn, run, succeed, whyNoRootFiles } from './image.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 })

const user = 10_001
const password = 'a quiet lighthouse keeps its own hours'
const image = 'localhost/countersign-test'
const mebibytes = (bytes: number) => bytes / 1024 / 1024

let folder: string
let root = ''
let missing: string | undefined
let podman: Podman | undefined
let podmanMissing: string | undefined

beforeAll(async () => {
  // Podman takes no longer path than one of 50 characters for its state.
  folder = mkdtempSync('/tmp/countersign-image-')
  missing = whyNoRootFiles()
  if (missing !== undefined) return
  const made = await makeRootFiles(folder)
  if (typeof made !== 'string') {
    missing = made.missing
    return
  }
  root = made
  const found = podmanIn(folder)
  if ('missing' in found) podmanMissing = found.missing
  else {
    const problem = await buildImage(found, folder, image)
    if (problem === undefined) podman = found
    else podmanMissing = `Podman can build no image here: ${problem}`
  }
})

afterAll(async () => {
  await podman?.('rm', '--force', '--all', '--time', '0')
  rmSync(folder, { recursive: true, force: true })
})

const waitUntilReady = (url: string) =>
  vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), { timeout: 60_000, interval: 100 })

const logIn = async (url: string) => {
  const response = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'owner', password }),
  })
  return { status: response.status, token: ((await response.json()) as { access_token: string }).access_token }
}
const me = (url: string, token: string) =>
  fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status)

describe('the file system of the image', () => {
  it('is at most 220 MB, 80 MB compressed, and has neither a shell nor a package manager', async (context) => {
    if (missing !== undefined) context.skip(missing)
    const unpacked = Number.parseInt(await succeed('du', ['-s', '--block-size=1', root]), 10)
    const packed = join(folder, 'image.tar.gz')
    await succeed('tar', ['-czf', packed, '-C', root, '.'])
    const compressed = readFileSync(packed).length
    console.log(`image: ${mebibytes(compressed).toFixed(1)} MiB compressed, ${mebibytes(unpacked).toFixed(1)} MiB`)
    expect(mebibytes(compressed)).toBeLessThanOrEqual(80)
    expect(mebibytes(unpacked)).toBeLessThanOrEqual(220)
    const programs = await succeed('find', [root, '-type', 'f', '-perm', '/111', '-not', '-name', '*.so*'])
    const names = programs
      .trim()
      .split('\n')
      .map((path) => path.slice(root.length))
    expect(names.filter((name) => !name.startsWith('/opt/countersign/')).toSorted()).toEqual([
      '/usr/local/bin/countersign',
      '/usr/local/bin/node',
    ])
    expect(await succeed('find', [root, '-perm', '/6000'])).toBe('')
  })

  it('has all that the program needs, for a user without rights', async (context) => {
    if (missing !== undefined) context.skip(missing)
    const confined = ['--no-new-privs', 'chroot', `--userspec=${user}:${user}`, root, '/usr/local/bin/countersign']
    const inside = (...args: readonly string[]) => run('setpriv', [...confined, ...args], { PATH: process.env.PATH })
    expect(await inside('--version')).toMatchObject({ status: 0, err: '' })
    const owner = await inside('create-user', '-u', 'ada', '-g', 'owner', '-r', '--data', '/tmp/data', '--json')
    expect(owner).toMatchObject({ status: 0 })
    expect((await inside('doctor', '--data', '/tmp/data', '--json')).status).toBe(0)
    rmSync(join(root, 'tmp/data'), { recursive: true })
  })
})

describe('the container', () => {
  const name = 'countersign-under-test'
  let url: string
  let token: string
  const hardened = ['--read-only', '--read-only-tmpfs=false', '--cap-drop=all', '--security-opt=no-new-privileges']
  const volumes = () => ['--volume', 'countersign-data:/data', '--volume', `${join(folder, 'secrets')}:/run/secrets:ro`]

  const inPodman = (title: string, test: (engine: Podman) => Promise<void>) =>
    it(title, async (context) => {
      const reason = missing ?? podmanMissing
      if (podman === undefined) return context.skip(reason ?? 'no Podman here')
      await test(podman)
    })
  const logsOf = async (engine: Podman) => {
    const { out, err } = await engine('logs', name)
    return out + err
  }
  const state = async (engine: Podman, format: string) => (await engine('inspect', '--format', format, name)).out.trim()

  inPodman('starts without root, capabilities or a writable file system, and users log in', async (engine) => {
    const secrets = join(folder, 'secrets')
    mkdirSync(secrets, { mode: 0o700 })
    writeFileSync(join(secrets, 'master.key'), randomBytes(32), { mode: 0o400 })
    writeFileSync(join(secrets, 'owner-password'), `${password}\n`, { mode: 0o400 })
    for (const place of ['', 'master.key', 'owner-password']) chownSync(join(secrets, place), user, user)
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const env = {
      COUNTERSIGN_ISSUER: 'https://auth.example.com',
      COUNTERSIGN_PORT: `${port}`,
      COUNTERSIGN_MASTER_KEY_FILE: '/run/secrets/master.key',
      COUNTERSIGN_OWNER_PASSWORD_FILE: '/run/secrets/owner-password',
    }
    const variables = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`])
    const started = await engine('run', '--detach', '--name', name, ...hardened, ...volumes(), ...variables, image)
    expect(started.status, started.err).toBe(0)
    await waitUntilReady(url)
    const login = await logIn(url)
    token = login.token
    expect(login.status).toBe(201)
    expect(await me(url, token)).toBe(200)
    expect(await logsOf(engine)).not.toContain(password)
  })

  inPodman('is one process, of the user 10001, which has no capability and cannot get any', async (engine) => {
    const pid = await state(engine, '{{.State.Pid}}')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    expect(status).toMatch(new RegExp(`^Uid:\\s+${user}\\s+${user}\\s+${user}\\s+${user}$`, 'm'))
    expect(status).toMatch(/^CapEff:\s+0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
    expect(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')).toBe('')
    const written = await engine('exec', name, 'node', '-e', 'require("node:fs").writeFileSync("/tmp/file", "")')
    expect([written.status !== 0, written.err]).toEqual([true, expect.stringContaining('EROFS')])
    expect((await engine('exec', name, '/bin/sh', '-c', 'true')).status).not.toBe(0)
  })

  inPodman('refuses to start without a volume or an issuer, and says why', async (engine) => {
    const once = (...flags: readonly string[]) =>
      engine('run', '--rm', '--read-only', '--read-only-tmpfs=false', ...flags, image)
    const issuer = ['--env', 'COUNTERSIGN_ISSUER=https://auth.example.com', '--env', 'COUNTERSIGN_PORT=0']
    expect(await once()).toMatchObject({ status: 2, err: expect.stringContaining('name one with --issuer') })
    expect(await once(...issuer)).toMatchObject({ status: 1, err: expect.stringContaining('/data') })
  })

  inPodman('is healthy by its own check, and runs commands', async (engine) => {
    expect((await engine('healthcheck', 'run', name)).status).toBe(0)
    expect(await engine('exec', name, 'countersign', 'doctor')).toMatchObject({ status: 0 })
  })

  inPodman('stops at SIGTERM with status 0, and starts again with the sessions that it had', async (engine) => {
    expect((await engine('stop', '--time', '60', name)).status).toBe(0)
    expect(await state(engine, '{{.State.ExitCode}}')).toBe('0')
    expect(await logsOf(engine)).toContain('"event":"stopped"')
    expect((await engine('healthcheck', 'run', name)).status).not.toBe(0)
    expect((await engine('start', name)).status).toBe(0)
    await waitUntilReady(url)
    expect(await me(url, token)).toBe(200)
  })

  inPodman('loses nothing when it is killed', async (engine) => {
    const { token: last } = await logIn(url)
    expect((await engine('kill', name)).status).toBe(0)
    expect((await engine('wait', name)).out.trim()).toBe('137')
    expect((await engine('start', name)).status).toBe(0)
    await waitUntilReady(url)
    expect(await me(url, last)).toBe(200)
    expect((await engine('exec', name, 'countersign', 'doctor')).status).toBe(0)
  })

  inPodman('guards a page, gets another key, and is restored after its volume was lost', async (engine) => {
    const guard = async (of: string) => {
      const headers = { authorization: `Bearer ${of}`, 'x-forwarded-method': 'GET' }
      return (await fetch(`${url}/v1/forward-auth`, { headers })).status
    }
    const before = (await logIn(url)).token
    expect((await engine('exec', name, 'countersign', 'keys', 'rotate')).status).toBe(0)
    expect(await guard(before)).toBe(204)
    expect((await engine('exec', name, 'countersign', 'backup', '/data/backup.db')).status).toBe(0)
    const volume = await engine('volume', 'inspect', '--format', '{{.Mountpoint}}', 'countersign-data')
    const [data, backups] = [volume.out.trim(), join(folder, 'backups')]
    mkdirSync(backups)
    renameSync(join(data, 'backup.db'), join(backups, 'backup.db'))
    expect((await engine('kill', name)).status).toBe(0)
    await engine('wait', name)
    for (const file of readdirSync(data)) rmSync(join(data, file), { recursive: true })

    const settings = ['ISSUER=https://auth.example.com', 'MASTER_KEY_FILE=/run/secrets/master.key']
    const variables = settings.flatMap((setting) => ['--env', `COUNTERSIGN_${setting}`])
    const places = [...volumes(), '--volume', `${backups}:/backups:ro`]
    const restored = await engine(
      'run',
      '--rm',
      ...hardened,
      ...places,
      ...variables,
      image,
      'restore',
      '/backups/backup.db',
    )
    expect(restored.status, restored.err).toBe(0)
    expect((await engine('start', name)).status).toBe(0)
    await waitUntilReady(url)
    expect(await guard(before)).toBe(401)
    expect(await guard((await logIn(url)).token)).toBe(204)
  })
})
