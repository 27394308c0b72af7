/**
 * What a process tells the kernel about files, in order. Killing a process shows nothing of what a loss of power does: what
 * was written but not synced survives the one and not the other. So the calls themselves are looked at.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const traced = [
  'access,faccessat,faccessat2,open,openat,creat,write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,sync_file_range',
  'link,linkat,rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat',
].join(',')

/** One call. Only those that look at a file are here though they failed. */
export interface SystemCall {
  /** `open` is one that makes or truncates a file; `look` is one that changes nothing. */
  readonly name: 'look' | 'open' | 'write' | 'fsync' | 'link' | 'rename' | 'mkdir' | 'unlink'
  /** The paths that it is about; of a link or a renaming both. `standard output` for that. */
  readonly paths: readonly string[]
}

/** Why calls cannot be recorded here. `undefined`: they can. */
export function whyNotTraced(): string | undefined {
  const tried = spawnSync('strace', ['-f', '-e', 'trace=none', '-o', '/dev/null', process.execPath, '-e', '0'])
  if (tried.error !== undefined) return 'no strace here'
  return tried.status === 0 ? undefined : 'strace may not trace here'
}

/**
 * Runs Node.js on this program and records what it does to files.
 *
 * @param folder Where the record may be written.
 * @param until Called when the program has written its first line; default is to wait for its end.
 * @throws Error if it wrote nothing and failed.
 */
export async function systemCallsOf(
  program: readonly string[],
  folder: string,
  until?: (child: ChildProcess) => void,
): Promise<readonly SystemCall[]> {
  const record = join(folder, 'calls')
  // -D: the child is the program itself, so that signals reach it. -y: descriptors are written with their paths.
  const options = ['-D', '-f', '-y', '-s', '0', '-o', record, '-e', `trace=${traced}`]
  const child = spawn('strace', [...options, process.execPath, '--conditions=countersign', ...program], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  child.stdout.once('data', () => until?.(child))
  const [status] = await ended
  if (status !== 0) throw new Error(`${program[0]} ended with ${status}: ${complaints}`)
  return parse(await recorded(record))
}

/** The tracer is a process of its own, and may write its last line after the end of the program. */
async function recorded(record: string): Promise<string> {
  for (;;) {
    const text = await readFile(record, 'utf8')
    if (/\+\+\+ (exited|killed)[^\n]*\n$/.test(text)) return text
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Lines of `strace -f -y`: `PID name(arguments) = result`, or cut in two while another thread was heard. */
export function parse(text: string): readonly SystemCall[] {
  const unfinished = new Map<string, string>()
  const calls: SystemCall[] = []
  for (const line of text.split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const begun = /^(.*) <unfinished \.\.\.>$/.exec(rest)?.[1]
    if (begun !== undefined) {
      unfinished.set(pid, begun)
      continue
    }
    const end = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1]
    const call = callOf(end === undefined ? rest : `${unfinished.get(pid) ?? ''}${end}`)
    if (call) calls.push(call)
  }
  return calls
}

const kinds: Readonly<Record<string, SystemCall['name']>> = {
  access: 'look',
  faccessat: 'look',
  faccessat2: 'look',
  open: 'open',
  openat: 'open',
  creat: 'open',
  write: 'write',
  writev: 'write',
  pwrite64: 'write',
  pwritev: 'write',
  pwritev2: 'write',
  fsync: 'fsync',
  fdatasync: 'fsync',
  link: 'link',
  linkat: 'link',
  rename: 'rename',
  renameat: 'rename',
  renameat2: 'rename',
  mkdir: 'mkdir',
  mkdirat: 'mkdir',
  unlink: 'unlink',
  unlinkat: 'unlink',
}

function callOf(text: string): SystemCall | undefined {
  const [, called = '', given = '', result = ''] = /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(text) ?? []
  const isReading = called.startsWith('open') && !/O_CREAT|O_TRUNC/.test(given)
  const name = isReading ? 'look' : kinds[called]
  if (name === undefined || (name !== 'look' && Number(result) < 0)) return undefined
  if (name !== 'write' && name !== 'fsync') return { name, paths: quoted(given) }
  const [, descriptor, path = ''] = /^(\d+)<([^>]*)>/.exec(given) ?? []
  return { name, paths: [descriptor === '1' ? 'standard output' : path] }
}

/** What changes something, or makes a change durable. */
export const changesIn = (calls: readonly SystemCall[]): readonly SystemCall[] =>
  calls.filter(({ name }) => name !== 'look')

const quoted = (given: string): string[] => [...given.matchAll(/"([^"]*)"/g)].map(([, path = '']) => path)
