import type { LogSink } from '../../log/logger.ts'
import type { SupervisedProcess } from '../../serve/supervise.ts'

/** The environment of a command. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Results, for a pipe or another program. */
  readonly out: (text: string) => void
  /** Messages for the user. */
  readonly err: (text: string) => void
  readonly stdin: AsyncIterable<Uint8Array>
  /** Destination of log lines. */
  readonly log: LogSink
  readonly process: SupervisedProcess
  /** Lets other processes have the processor first, from now on. */
  readonly lowerPriority: () => void
  /** Ends the process immediately. */
  readonly exit: (status: number) => void
}

const longestInput = 64 * 1024

/**
 * Reads one line from standard input, without the final line break and without a leading byte order mark, which some
 * editors and shells write (RFC 3629 §6).
 *
 * @throws Refusal if it is empty, not UTF-8, has more than one line, or is longer than `longestInput`.
 */
export async function readLine(io: Pick<Io, 'stdin'>): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of io.stdin) {
    length += chunk.length
    if (length > longestInput) throw new Refusal('standard input is too long')
    chunks.push(chunk)
  }
  const line = decode(Buffer.concat(chunks)).replace(/\r?\n$/, '')
  if (/[\r\n]/.test(line)) throw new Refusal('standard input has more than one line')
  if (line === '') throw new Refusal('standard input is empty')
  return line
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // The decoder's own message adds no information.
    throw new Refusal('standard input is not UTF-8')
  }
}

/** The command was valid, but is refused: exit status 1. The message is one line. */
export class Refusal extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Refusal'
  }
}
