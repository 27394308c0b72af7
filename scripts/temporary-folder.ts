/**
 * Vitest's global set-up: the temporary files of the tests are in memory where there is room for them. Otherwise the tests wait
 * for a disk most of the time, because SQLite syncs each commit. A TMPDIR that is set stays.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const memory = '/dev/shm'
/** Several times what the tests have at once. */
const neededBytes = 4 * 2 ** 30

/** @returns The teardown, which removes the folder. */
export function setup(): () => void {
  const isChosen = process.env.TMPDIR !== undefined
  const obstacle = isChosen ? 'TMPDIR is set' : obstacleIn(memory)
  if (obstacle !== undefined) {
    console.log(`temporary files: ${tmpdir()} (${obstacle})`)
    return () => {}
  }
  const folder = mkdtempSync(join(memory, 'countersign-tests-'))
  // As that of the system: tests run programs as other users, too.
  chmodSync(folder, 0o1777)
  process.env.TMPDIR = folder
  console.log(`temporary files: ${folder}`)
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  // An aborted run has no teardown, and would leave memory in use.
  process.once('exit', remove)
  return () => {
    process.off('exit', remove)
    delete process.env.TMPDIR
    remove()
  }
}

/** Why a folder in memory cannot be used, or `undefined`. */
function obstacleIn(folder: string): string | undefined {
  try {
    accessSync(folder, constants.W_OK)
  } catch (error) {
    return `${folder}: ${(error as NodeJS.ErrnoException).code}`
  }
  const { bavail, bsize } = statfsSync(folder)
  if (Math.min(bavail * bsize, process.availableMemory()) < neededBytes) return `${folder} is too small`
  return runsPrograms(folder) ? undefined : `${folder} runs no programs`
}

/** Whether programs can be started from this folder: it may be mounted `noexec`. */
function runsPrograms(folder: string): boolean {
  const own = mkdtempSync(join(folder, 'countersign-program-'))
  try {
    const program = join(own, 'program')
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
    return spawnSync(program).status === 0
  } finally {
    rmSync(own, { recursive: true })
  }
}
