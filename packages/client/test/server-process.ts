// The server as a process of its own, started as anybody starts it. Knows its command line and its ready line; not what
// it is asked over the wire.
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** The sources of the workspace: nothing needs to be built first. */
const main = fileURLToPath(new URL('../../../apps/server/src/main.ts', import.meta.url))

export interface ServerProcess {
  readonly url: string
  readonly port: number
  /** Of the person `owner`, whom the first start on a data folder makes. */
  readonly ownerPassword: string | undefined
  /** Asks it to stop, and resolves when it did. Callable again. @throws Error When it ended otherwise than by that. */
  stop(): Promise<void>
}

/** Below what the kernel chooses from: nobody else gets it while the server is away. */
const somePort = (): number => randomInt(10_240, 32_768)

/**
 * Starts `countersign serve`, with this environment and no other.
 *
 * @param data Its data folder.
 * @param port Default is some port that it finds free again after a restart.
 * @throws Error When it ends instead of serving, with what it logged.
 */
export async function startServerProcess(data: string, port = somePort()): Promise<ServerProcess> {
  const flags = ['serve', '--json', '--data', data, '--port', `${port}`]
  const child = spawn(process.execPath, ['--conditions=countersign', main, ...flags], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [said, logged] = ['', '']
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const serves = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.endsWith('\n')) resolve()
    })
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    logged += text
  })
  await Promise.race([serves, ended])
  if (said === '') throw new Error(`The server ended instead of serving: ${logged}`)
  const { url, owner } = JSON.parse(said) as { url: string; owner?: { password: string } }
  return {
    url,
    port: Number(new URL(url).port),
    ownerPassword: owner?.password,
    stop: async () => {
      child.kill('SIGTERM')
      const [code, signal] = await ended
      if (code !== 0) throw new Error(`The server ended with ${code ?? signal}: ${logged}`)
    },
  }
}
