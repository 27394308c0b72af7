// The runtime of Cloudflare's Workers. It knows no folders: each module is named in its configuration, and a bare name is
// looked for beside the module that imports it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { executable, installAside } from './executables.ts'
import { modulesOf } from './modules.ts'
import type { Place, Runtime } from './runtime.ts'

export const workerd: Runtime = {
  name: 'workerd',
  install: installAside('workerd'),
  find: () => executable('workerd', /^workerd \d/),
  live: async (path, place) => {
    await writeFile(join(place.folder, 'worker.capnp'), await configuration(place))
    const child = spawn(path, ['serve', '--control-fd=3', 'worker.capnp'], {
      cwd: place.folder,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    })
    let complaint = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint += text
    })
    const ended = once(child, 'close').then(() => Promise.reject(new Error(`workerd ended: ${complaint}`)))
    try {
      const [line] = await Promise.race([once(child.stdio[3] as Readable, 'data'), ended])
      const response = await fetch(`http://127.0.0.1:${JSON.parse(String(line)).port}/`)
      if (response.status !== 200) throw new Error(`${await response.text()}${complaint}`)
      return await response.json()
    } finally {
      child.kill()
      await ended.catch(() => {})
    }
  },
}

async function configuration({ folder, baseUrl, password }: Place): Promise<string> {
  const programs = ['worker.mjs', 'life.mjs'].map((file) => ({ name: file, file }))
  const embedded = [...programs, ...(await modulesOf(folder))].map(
    ({ name, file }) => `(name = "${name}", esModule = embed "${file}")`,
  )
  embedded.push(`(name = "@countersign/client", esModule = "export * from './client/index.js'")`)
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  compatibilityDate = "2025-01-01",
  modules = [${embedded.join(', ')}],
  bindings = [(name = "baseUrl", text = "${baseUrl}"), (name = "password", text = "${password}")],
);
`
}
