#!/usr/bin/env node
// Starts the built program. In a checkout that was never built, it builds first; the build's output goes to standard
// error, because standard output belongs to the command. Plain JavaScript that old Node.js versions can parse.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findNode, giveMemoryBack, isUsable, runIn } from './runtime.js'

const bin = dirname(fileURLToPath(import.meta.url))
const main = join(bin, '..', 'dist', 'program.js')
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

async function run() {
  giveMemoryBack()
  if (!existsSync(main)) build()
  await import('../dist/program.js')
}

function runElsewhere() {
  const pinned = join(workspace, 'node_modules', 'node', 'bin', 'node')
  const node = findNode(pinned)
  if (node) runIn(node, fileURLToPath(import.meta.url))
  else {
    const needed = `Node.js 24 or later is needed, this is ${process.versions.node}, and no other was found that runs`
    const glibc = 'the installed one needs glibc 2.28 or later, which systems with musl do not have'
    refuse(existsSync(pinned) ? `${needed}: ${glibc}` : needed)
  }
}

if (isUsable) await run()
else runElsewhere()
