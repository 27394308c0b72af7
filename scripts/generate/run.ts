import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'

/** How a program is run. */
export interface Run {
  readonly arguments: readonly string[]
  /** Working directory. */
  readonly folder: string
  /** The root whose Node.js comes first in PATH, because the machine's own may be too old. */
  readonly repository: string
}

/** A program could not be started, or ended with a status other than 0. */
export class RunError extends Error {
  /** Its standard output. */
  readonly printed: string

  constructor(program: string, reason: string, output: string, printed = '') {
    super(`${program}: ${reason}\n${output}`)
    this.printed = printed
    this.name = 'RunError'
  }
}

/**
 * Runs a program to its end and returns its output.
 *
 * @throws RunError With its complete output.
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
