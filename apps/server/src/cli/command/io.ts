import type { LogSink } from '../../log/logger.ts'
import type { SupervisedProcess } from '../../serve/supervise.ts'

/** What a command sees of the world. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Data: what a program or a pipe takes on. */
  readonly out: (text: string) => void
  /** Messages for the person who watches. */
  readonly err: (text: string) => void
  readonly stdin: AsyncIterable<Uint8Array>
  /** Where log lines go. */
  readonly log: LogSink
  readonly process: SupervisedProcess
  /** Ends the process on the spot. */
  readonly exit: (status: number) => void
}

const longestInput = 64 * 1024

/**
 * Reads standard input whole, without the line break at its end and without a byte order mark at its beginning: some
 * editors and shells write one, and it is no part of the text (RFC 3629 §6).
 *
 * @throws Refusal if it is not UTF-8, has more than one line, or is longer than anything that is ever asked for.
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
    // The reason would quote nothing useful: any byte that is no UTF-8 is as wrong as another.
    throw new Refusal('standard input is not UTF-8')
  }
}

/** A command understood what was asked for and says no: exit status 1. The message is one line. */
export class Refusal extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Refusal'
  }
}
