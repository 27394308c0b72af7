import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

const { scripts } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8')) as {
  scripts: { start: string }
}

it('a server that was started by the start script and is stopped by Ctrl-C ends with 0, and so does the script', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-start-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const program = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o755 })
  program('turbo', '#!/bin/sh\n')
  program(
    'node',
    `#!${process.execPath}
    const living = setInterval(() => {}, 1000)
    process.once('SIGINT', () => { console.log('stopped'); clearInterval(living) })
    console.log('started')`,
  )
  // A terminal signals every process in the foreground, the shell of the script too.
  const shell = spawn('/bin/sh', ['-c', scripts.start], { env: { PATH: folder }, detached: true })
  let out = ''
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    if (text.includes('started')) process.kill(-Number(shell.pid), 'SIGINT')
  })
  const [status, signal] = (await once(shell, 'close')) as [number | null, string | null]
  expect({ status, signal, out }).toEqual({ status: 0, signal: null, out: 'started\nstopped\n' })
})
