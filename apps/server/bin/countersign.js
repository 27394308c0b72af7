#!/usr/bin/env node
// Starts the built program. Inside the repository it is built first if it never was; everything that says goes to
// standard error, since standard output belongs to the command. Plain JavaScript that old runtimes parse, too.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const leastNode = 24
const bin = dirname(fileURLToPath(import.meta.url))
const main = join(bin, '..', 'dist', 'main.js')
const workspace = join(bin, '..', '..', '..')

function refuse(message) {
  process.stderr.write(`countersign: ${message}\n`)
  process.exit(1)
}

function build() {
  const turbo = join(workspace, 'node_modules', '.bin', 'turbo')
  if (!existsSync(join(workspace, 'pnpm-workspace.yaml')) || !existsSync(turbo)) refuse(`${main} is missing`)
  process.stderr.write('countersign: building once\n')
  const args = ['run', 'build', '--filter=@countersign/server', '--output-logs=errors-only']
  const { status } = spawnSync(turbo, args, { cwd: workspace, stdio: ['ignore', 2, 2] })
  if (status !== 0 || !existsSync(main)) refuse('the build failed; "pnpm build" says more')
}

const [major] = process.versions.node.split('.')
if (Number(major) < leastNode) refuse(`Node.js ${leastNode} or newer is needed, this is ${process.versions.node}`)
if (!existsSync(main)) build()
await import('../dist/main.js')
