/** The facts about an error in a log line. */
export interface ErrorFacts {
  readonly name: string
  readonly code?: string
  readonly message?: string
  /** Functions and positions, without the leading message. */
  readonly stack?: readonly string[]
  readonly cause?: ErrorFacts
}

/**
 * Errors whose messages come from this repository or from the system and quote no input. Other messages may quote
 * input: the engine's JSON errors quote the body, its type errors quote values (N-203, N-205).
 */
const errorsSafeToLog: ReadonlySet<string> = new Set([
  'AuthError',
  'BackupError',
  'ConfigError',
  'DataFolderError',
  'ListenError',
  'SealError',
  'StoreError',
  'StoreOpenError',
])

const longestMessage = 512
const longestFrame = 200
const mostFrames = 16
const deepestCause = 5

/** Extracts facts from an error for the log. Accepts any thrown value. */
export function describeError(error: unknown, depth = 0): ErrorFacts {
  if (!(error instanceof Error)) return { name: `a thrown ${error === null ? 'null' : typeof error}` }
  const { cause } = error
  const code = codeOf(error)
  const message = isSafeToLog(error, code) ? error.message.slice(0, longestMessage) : undefined
  const stack = framesOf(error)
  return {
    name: /^[A-Za-z]\w{0,63}$/.test(error.name) ? error.name : 'Error',
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined || depth >= deepestCause ? {} : { cause: describeError(cause, depth + 1) }),
  }
}

function codeOf(error: Error): string | undefined {
  const code: unknown = 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Za-z]\w{0,63}$/.test(code) ? code : undefined
}

/**
 * System errors (`ENOSPC: no space left on device, write`), and SQLite errors, whose text never contains bound values.
 */
function isSafeToLog(error: Error, code: string | undefined): boolean {
  if (errorsSafeToLog.has(error.name)) return true
  return ('errno' in error && 'syscall' in error) || code === 'ERR_SQLITE_ERROR'
}

/** Keeps only lines that are positions in the code, so that a line of a message cannot pass for one. */
function framesOf(error: Error): readonly string[] | undefined {
  const { stack } = error
  if (typeof stack !== 'string') return undefined
  const head = `${error.name}: ${error.message}`
  const body = stack.startsWith(head) ? stack.slice(head.length) : stack
  const frames = body.split('\n').filter((line) => /^ {4}at [^'"`]+(?::\d+:\d+\)?|\))$/.test(line))
  return frames.slice(0, mostFrames).map((line) => line.slice(7, 7 + longestFrame))
}
