// What the documents print, and how to run it. It must not know what the answers should be.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { FoundingServer } from './founding-server.ts'
import type { Exchange } from './wire-tap.ts'

/**
 * A printed text, with its host and its secrets replaced.
 *
 * @param path The dialect, a slash, and the file in its folder `printed`.
 * @param replaced What stands there, and what stands there instead.
 * @throws Error where a text is not there: a replacement that does nothing is a slip.
 */
export function printed(path: string, replaced: Readonly<Record<string, string>> = {}): string {
  const [dialect = '', ...rest] = path.split('/')
  const file = new URL(`../../src/dialects/${dialect}/printed/${rest.join('/')}`, import.meta.url)
  const text = readFileSync(file, 'utf8')
  return Object.entries(replaced).reduce((before, [what, instead]) => {
    if (!before.includes(what)) throw new Error(`${path} does not print ${what}`)
    return before.replaceAll(what, () => instead)
  }, text)
}

/** What a program left behind. */
export interface Ended {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** What takes longer is ended, and its test fails over its status: a cold build on a busy machine takes a minute. */
const hangsAfterMilliseconds = 200_000

/** Runs a foreign program, with nothing of our environment but where programs and homes are. */
export function runProgram(command: string, args: readonly string[], cwd: string): Promise<Ended> {
  const { PATH = '', HOME = cwd } = process.env
  // No other Go than the one that is there: a test downloads nothing.
  const env = { PATH, HOME, LANG: 'C.UTF-8', GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false' }
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: hangsAfterMilliseconds })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, ...said }))
  })
}

/** Whether a program runs here at all. */
export async function runs(command: string, args: readonly string[]): Promise<boolean> {
  const missing = (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return { status: null }
    throw error
  }
  return (await runProgram(command, args, '/').catch(missing)).status === 0
}

/** Runs a line as a shell would, and shows the one exchange that comes of it. */
export async function shell(server: FoundingServer, line: string): Promise<Exchange & { readonly ended: Ended }> {
  const { result, exchanges } = await server.during(() => runProgram('sh', ['-c', line], server.folder))
  const [exchange, ...more] = exchanges
  if (!exchange || more.length > 0) throw new Error(`${exchanges.length} exchanges: ${line}\n${result.err}`)
  return { ...exchange, ended: result }
}
