import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'

/** What a program is run with. */
export interface Run {
  readonly arguments: readonly string[]
  /** Where it runs. */
  readonly folder: string
  /** Its own Node comes first on the PATH: the one that a machine has may be too old. */
  readonly repository: string
}

/** A program could not be started, or ended with another status than 0. */
export class RunError extends Error {
  /** What it printed to its standard output. */
  readonly printed: string

  constructor(program: string, reason: string, output: string, printed = '') {
    super(`${program}: ${reason}\n${output}`)
    this.printed = printed
    this.name = 'RunError'
  }
}

/**
 * Runs a program to its end and returns what it printed.
 *
 * @throws RunError With all that it printed.
 */
export const run = (program: string, { arguments: args, folder, repository }: Run): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: folder,
      env: {
        ...process.env,
        PATH: [join(repository, 'node_modules/.bin'), process.env.PATH].join(delimiter),
        REDOCLY_TELEMETRY: 'off',
        REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const chunks: Buffer[] = []
    const printed: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      printed.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    const output = () => Buffer.concat(chunks).toString('utf8')
    child.on('error', (cause) => reject(new RunError(program, cause.message, output())))
    child.on('close', (status) =>
      status === 0
        ? resolve(output())
        : reject(new RunError(program, `ended with ${status}`, output(), Buffer.concat(printed).toString('utf8'))),
    )
  })
