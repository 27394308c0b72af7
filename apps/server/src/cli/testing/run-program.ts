import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { openAuthority } from '../../compose/authority.ts'
import { readConfig } from '../../config/read-config.ts'
import { dialects } from '../../dialects/registry.ts'
import { createLogger } from '../../log/logger.ts'
import type { Transcript } from '../../testing/process/program.ts'
import { sharing } from '../../testing/test-server.ts'
import { runProgram } from '../program.ts'

export interface RunOptions {
  /** Standard input. Default is an empty one. */
  readonly stdin?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
}

/** Creates a data folder as the first `serve` does, but without an owner. */
export async function initializeFolder(data: string): Promise<void> {
  const logger = createLogger({ level: 'silent', sink: { writableLength: 0, write: () => true } })
  await (await openAuthority(readConfig({ flags: { data }, env: {} }, dialects), { logger })).close()
}

/** Runs the program in this process: everything but `main.ts`, a hundred times faster than a new process. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Transcript> {
  const said = { out: '', err: '' }
  const hear = (stream: 'out' | 'err') => (text: string) => {
    said[stream] += text
    return true
  }
  const shared = sharing.known?.(args[args.indexOf('--data') + 1] ?? '')
  const status = await runProgram(args, {
    env: { ...(shared && { COUNTERSIGN_DATABASE_URL: shared.url }), ...options.env },
    out: hear('out'),
    err: hear('err'),
    stdin: Readable.from([Buffer.from(options.stdin ?? '')]),
    log: { writableLength: 0, write: hear('err') },
    process: new EventEmitter(),
    lowerPriority: () => {},
    exit: (code) => {
      throw new Error(`forced to end with ${code}`)
    },
  })
  return { status, ...said }
}
