import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { lintBundle, makeBundle, makeTypes } from './contract.ts'
import { differences, place } from './outputs.ts'
import { makeStubs, outdatedStubs, stubsFolder } from './stubs.ts'

/** How to generate. */
export interface Generation {
  /** Holds `spec/` and the tools. */
  readonly repository: string
  /** Where the generated files lie; the repository itself but in tests. */
  readonly target: string
  /** Compare with what is there, and change nothing. */
  readonly check: boolean
  /** Why the stubs cannot be made on this machine, or nothing; `stubsObstacle` but in tests. */
  readonly obstacle: string | undefined
  /** Whether it is a fault that the stubs cannot be made on this machine. */
  readonly strict: boolean
  /** Takes one line of progress. */
  readonly say: (line: string) => void
}

/** What came of it. */
export interface Generated {
  /** The files that were changed (or differ), by their path in the repository. */
  readonly changed: readonly string[]
  /** What was not made, why, and what was looked at in its place; nothing if all was made. */
  readonly unmade: string | undefined
}

/** The stubs cannot be made on this machine though they must be. */
export class ObstacleError extends Error {
  constructor(obstacle: string) {
    super(`the server's stubs cannot be made here: ${obstacle}`)
    this.name = 'ObstacleError'
  }
}

/**
 * Generates all that is made from the contract, aside, and then puts it in place (or compares). Where the stubs cannot be made, those
 * that are there must be as they were generated, and from this bundle.
 *
 * @throws BundleError, LintError, RunError, ObstacleError
 */
export const generate = async (generation: Generation): Promise<Generated> => {
  const { repository, target, check, obstacle, strict, say } = generation
  mkdirSync(join(repository, '.cache'), { recursive: true })
  const staging = mkdtempSync(join(repository, '.cache/generate-'))
  const step = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const startedAt = performance.now()
    const result = await work()
    say(`${name.padEnd(8)} ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    return result
  }
  try {
    const hash = await step('bundle', () => makeBundle(repository, staging))
    await step('lint', () => lintBundle(repository, staging))
    await step('types', () => makeTypes(repository, staging))
    const folders = ['spec/gen']
    if (obstacle === undefined) {
      await step('stubs', () => makeStubs(repository, staging, hash))
      folders.push(stubsFolder)
    } else {
      if (strict) throw new ObstacleError(obstacle)
      say(`stubs    skipped: ${obstacle}`)
    }
    const changed = (check ? differences : place)(staging, target, folders)
    if (obstacle === undefined) return { changed, unmade: undefined }
    return { changed: [...changed, ...outdatedStubs(target, hash)], unmade: unmade(obstacle) }
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

const unmade = (obstacle: string): string =>
  `${stubsFolder} was not made (${obstacle}). Its file was compared with its own hash, and the bundle with the hash that it names.
Not checked: whether the generator and its template still make the same of it.`
