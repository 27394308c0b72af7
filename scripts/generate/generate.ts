import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { lintBundle, makeBundle, makeCompiled, makeTypes } from './contract.ts'
import { differences, place } from './outputs.ts'
import { makeStubs, outdatedStubs, stubsFolder } from './stubs.ts'

/** Options of a generation. */
export interface Generation {
  /** Contains `spec/` and the tools. */
  readonly repository: string
  /** Where the generated files are; the repository itself except in tests. */
  readonly target: string
  /** Only compare; change nothing. */
  readonly check: boolean
  /** Why the stubs cannot be generated on this machine, or `undefined`. From `stubsObstacle`, except in tests. */
  readonly obstacle: string | undefined
  /** Whether it is an error if the stubs cannot be generated. */
  readonly strict: boolean
  /** Receives one line of progress. */
  readonly say: (line: string) => void
}

/** The result of a generation. */
export interface Generated {
  /** The files that were changed (or differ), by repository path. */
  readonly changed: readonly string[]
  /** What was not generated, why, and what was checked instead; `undefined` if everything was generated. */
  readonly unmade: string | undefined
}

/** The stubs cannot be generated on this machine, but have to be. */
export class ObstacleError extends Error {
  constructor(obstacle: string) {
    super(`the server's stubs cannot be made here: ${obstacle}`)
    this.name = 'ObstacleError'
  }
}

/**
 * Generates all files in a staging folder, then moves them into place (or compares them). If the stubs cannot be
 * generated, the existing ones must be unedited and belong to this bundle.
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
    await step('compile', () => makeCompiled(staging))
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
  `${stubsFolder} was not made (${obstacle}). Its file was compared with its own hash, and the bundle with the hash in it.
Not checked: whether the generator and its template still produce the same.`
