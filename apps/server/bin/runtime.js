// Which Node.js runs the program, and how. Plain JavaScript that old runtimes parse, too.
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { constants as os } from 'node:os'
import { delimiter, join } from 'node:path'

const leastMajor = 24

const isNewEnough = (version) => Number(version.split('.')[0]) >= leastMajor

/** Whether the program can run in this process. */
export const isUsable = isNewEnough(process.versions.node)

/**
 * Finds another Node.js that is new enough: the installed one where it can run, else one of the PATH.
 *
 * @param installed Path of the installed one.
 * @returns Its path, or `undefined`.
 */
export function findNode(installed) {
  const folders = (process.env.PATH || '').split(delimiter)
  // What package managers put there leads back here.
  const others = folders
    .filter((folder) => !/node_modules[/\\]\.bin$/.test(folder))
    .map((folder) => join(folder, 'node'))
  return [installed, ...others].find((candidate) => {
    const { status, stdout } = spawnSync(candidate, ['-p', 'process.versions.node'], { encoding: 'utf8' })
    return status === 0 && isNewEnough(stdout.trim())
  })
}

/** Runs the program in that Node.js, passes signals on, and ends as it ends. */
export function runIn(node, program) {
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    // What is typed at a terminal reaches the child by itself; twice would end it on the spot.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)))
  }
  child.on('exit', (status, signal) => process.exit(status === null ? 128 + os.signals[signal] : status))
}

const allocatorSettings = ['MALLOC_MMAP_THRESHOLD_', 'MALLOC_ARENA_MAX', 'GLIBC_TUNABLES', 'LD_PRELOAD']

/**
 * Starts a server again in the same process, with an allocator that gives the memory of a password hash back. glibc keeps it
 * otherwise, in an arena for each thread of the pool: twenty logins would take 150 MiB more for good. glibc reads the setting
 * when a process begins. An environment that says anything about the allocator is left as it is.
 */
export function giveMemoryBack() {
  const isSettled = allocatorSettings.some((name) => process.env[name] !== undefined)
  if (process.argv[2] !== 'serve' || process.platform !== 'linux' || isSettled || !process.execve) return
  try {
    // A failure of `execve` itself ends the process.
    accessSync(process.execPath, constants.X_OK)
    const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: '1048576' }
    process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], env)
  } catch {
    // Not permitted (`--permission`), or the runtime was replaced: it works, and takes more memory.
  }
}
