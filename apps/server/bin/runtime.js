// Chooses the Node.js that runs the program. Plain JavaScript that old Node.js versions can parse.
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { constants as os } from 'node:os'
import { delimiter, join } from 'node:path'

const leastMajor = 24

const isNewEnough = (version) => Number(version.split('.')[0]) >= leastMajor

/** Whether this process can run the program. */
export const isUsable = isNewEnough(process.versions.node)

/**
 * Finds another Node.js that is new enough: the installed one if it runs, otherwise one from `PATH`.
 *
 * @param installed Path of the installed Node.js.
 * @returns Its path, or `undefined`.
 */
export function findNode(installed) {
  const folders = (process.env.PATH || '').split(delimiter)
  // Entries made by package managers lead back to this script.
  const others = folders
    .filter((folder) => !/node_modules[/\\]\.bin$/.test(folder))
    .map((folder) => join(folder, 'node'))
  return [installed, ...others].find((candidate) => {
    const { status, stdout } = spawnSync(candidate, ['-p', 'process.versions.node'], { encoding: 'utf8' })
    return status === 0 && isNewEnough(stdout.trim())
  })
}

/** Runs the program in that Node.js, forwards signals, and exits with the child's status. */
export function runIn(node, program) {
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    // The terminal sends SIGINT to the child as well; a second one would make it exit without a clean shutdown.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)))
  }
  child.on('exit', (status, signal) => process.exit(status === null ? 128 + os.signals[signal] : status))
}

/**
 * The young generation of V8's heap, in MiB. Its default grows with the memory of the machine, and a server at work fills it, whatever
 * it needs: 8 MiB hold the objects of some hundred requests.
 */
const youngGeneration = '--max-semi-space-size=8'

/** The options of Node.js: those that were given, and the size of the young generation unless one of them says something of it. */
function optionsOfServer() {
  const given = [...process.execArgv, process.env.NODE_OPTIONS || '']
  return given.some((option) => option.includes('semi')) ? process.execArgv : [youngGeneration, ...process.execArgv]
}

const allocatorSettings = ['MALLOC_MMAP_THRESHOLD_', 'MALLOC_ARENA_MAX', 'GLIBC_TUNABLES', 'LD_PRELOAD']

/**
 * Restarts a server in the same process with a small young generation, and with allocator settings that return the memory of a password
 * hash to the system. Otherwise glibc keeps it in one arena per pool thread: twenty logins would permanently take 150 MiB more.
 * Huge pages make it cheap to map that memory again: without them a hash takes half as long again (glibc 2.35, where the kernel allows it).
 * glibc reads the setting only when a process starts. An environment that already sets anything about the allocator is
 * left alone.
 */
export function giveMemoryBack() {
  const isSettled = allocatorSettings.some((name) => process.env[name] !== undefined)
  if (process.argv[2] !== 'serve' || process.platform !== 'linux' || isSettled || !process.execve) return
  try {
    // If `execve` itself fails, the process ends; so check the path first.
    accessSync(process.execPath, constants.X_OK)
    const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: '1048576', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' }
    process.execve(process.execPath, [process.execPath, ...optionsOfServer(), ...process.argv.slice(1)], env)
  } catch {
    // Not permitted (`--permission`), or the runtime was replaced. The server still works, but uses more memory.
  }
}
