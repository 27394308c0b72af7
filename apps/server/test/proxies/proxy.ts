// The examples in deploy/, as they are printed there, with a test's ports and files in place of their own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { generate } from 'selfsigned'

const deploy = resolve(import.meta.dirname, '../../../../deploy')

/** Where a proxy listens and what it is in front of. */
export interface Places {
  readonly folder: string
  readonly port: number
  readonly countersign: number
  readonly application: number
}

export interface Proxy {
  readonly name: string
  readonly program: string | undefined
  /** Writes the configuration of a folder with certificates. */
  configure(places: Places): void
  /** The arguments that run it in the foreground. */
  arguments(folder: string): readonly string[]
}

const found = (...names: string[]) =>
  names
    .flatMap((name) => [name, `/usr/sbin/${name}`])
    .find((path) => ['-v', 'version'].some((flag) => spawnSync(path, [flag]).status === 0))

/** @throws Error if the example has none of the places that are replaced. */
function adapted(file: string, replacements: Readonly<Record<string, string>>): string {
  return Object.entries(replacements).reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`deploy/${file} has no ${from}`)
      return text.replaceAll(from, () => to)
    },
    readFileSync(join(deploy, file), 'utf8'),
  )
}

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

export const proxies: readonly Proxy[] = [
  {
    name: 'nginx',
    program: found('nginx'),
    configure: ({ folder, port, countersign, application }) => {
      const servers = adapted('nginx/countersign.conf', {
        'listen 443 ssl;': `listen 127.0.0.1:${port} ssl;`,
        'server 127.0.0.1:4300;': `server 127.0.0.1:${countersign};`,
        'server 127.0.0.1:8080;': `server 127.0.0.1:${application};`,
        '/etc/ssl/auth.pem': join(folder, 'cert.pem'),
        '/etc/ssl/private/auth.key': join(folder, 'key.pem'),
        '/etc/ssl/app.pem': join(folder, 'cert.pem'),
        '/etc/ssl/private/app.key': join(folder, 'key.pem'),
      })
      const paths = temporary.map((kind) => `${kind}_temp_path ${folder}/tmp;`).join('\n')
      writeFileSync(
        join(folder, 'proxy.conf'),
        `daemon off;\nmaster_process off;\npid ${folder}/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${paths}\n${servers}}\n`,
      )
    },
    arguments: (folder) => ['-p', folder, '-c', join(folder, 'proxy.conf'), '-e', 'stderr'],
  },
  {
    name: 'HAProxy',
    program: found('haproxy'),
    configure: ({ folder, port, countersign, application }) => {
      copyFileSync(join(deploy, 'haproxy/forward-auth.lua'), join(folder, 'forward-auth.lua'))
      const text = adapted('haproxy/haproxy.cfg', {
        '/etc/haproxy/forward-auth.lua': join(folder, 'forward-auth.lua'),
        '/etc/haproxy/certs': join(folder, 'certs'),
        'bind :443': `bind 127.0.0.1:${port}`,
        '127.0.0.1:4300': `127.0.0.1:${countersign}`,
        '127.0.0.1:8080': `127.0.0.1:${application}`,
      })
      writeFileSync(join(folder, 'proxy.conf'), text)
    },
    arguments: (folder) => ['-db', '-f', join(folder, 'proxy.conf')],
  },
  {
    name: 'Caddy',
    program: found('caddy'),
    configure: ({ folder, port, countersign, application }) => {
      const tls = `{\n\tbind 127.0.0.1\n\ttls ${folder}/cert.pem ${folder}/key.pem\n`
      const text = adapted('caddy/Caddyfile', {
        'auth.example.com {\n': `https://auth.example.com:${port} ${tls}`,
        'app.example.com {\n': `https://app.example.com:${port} ${tls}`,
        '127.0.0.1:4300': `127.0.0.1:${countersign}`,
        '127.0.0.1:8080': `127.0.0.1:${application}`,
      })
      writeFileSync(join(folder, 'proxy.conf'), `{\n\tadmin off\n\tauto_https off\n}\n${text}`)
    },
    arguments: (folder) => ['run', '--adapter', 'caddyfile', '--config', join(folder, 'proxy.conf')],
  },
]

/** Starts a proxy and waits until it listens. */
export async function startProxy(proxy: Proxy, places: Places): Promise<ChildProcess> {
  const { folder, port } = places
  const names = ['auth.example.com', 'app.example.com']
  const pair = await generate([{ name: 'commonName', value: 'auth.example.com' }], {
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: names.map((value) => ({ type: 2 as const, value })) }],
  })
  for (const name of ['tmp', 'certs']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'cert.pem'), pair.cert)
  writeFileSync(join(folder, 'key.pem'), pair.private, { mode: 0o600 })
  writeFileSync(join(folder, 'certs/all.pem'), `${pair.cert}\n${pair.private}`, { mode: 0o600 })
  proxy.configure(places)
  const child = spawn(String(proxy.program), proxy.arguments(folder), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: folder },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`${proxy.name} ended: ${said}`)
    await setTimeout(20)
  }
  return child
}

export async function endProxy(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

export const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return address !== null && typeof address === 'object' ? address.port : 0
}
