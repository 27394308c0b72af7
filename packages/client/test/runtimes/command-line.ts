import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { executable, installAside } from './executables.ts'
import type { Runtime } from './runtime.ts'

const run = promisify(execFile)

/** Runtimes that run a file and print what it prints. */
export const commandLineRuntimes: readonly Runtime[] = [
  onCommandLine('Node.js 20', 'node', /^v20\./, []),
  onCommandLine('Node.js 24', 'node', /^v24\./, []),
  onCommandLine('Deno', 'deno', /^deno 2\./, ['run', '--allow-net=127.0.0.1', '--no-remote', '--cached-only']),
  onCommandLine('Bun', 'bun', /^1\./, []),
]

function onCommandLine(name: string, program: string, version: RegExp, args: readonly string[]): Runtime {
  return {
    name,
    install: program === 'node' ? 'put it on the PATH' : installAside(program),
    find: () => executable(program, version),
    live: async (path, { folder, baseUrl, password }) => {
      const { stdout } = await run(path, [...args, 'main.mjs', baseUrl, password], { cwd: folder, env: {} })
      return JSON.parse(stdout)
    },
  }
}
