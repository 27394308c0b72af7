/** The folder of a session is not as it must be, or the system does not let a record be kept in it. */
export class FileStoreError extends Error {
  override readonly name = 'FileStoreError'
  readonly code = 'store_unusable'
  /** The system's word for it, such as `ENOSPC`; `undefined` where the system had no part in it. */
  readonly reason: string | undefined

  constructor(message: string, reason?: string) {
    super(message)
    this.reason = reason
  }
}

/** What the system's word says about a store, and what to do. */
const sentences: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left',
  EDQUOT: 'the quota of this user is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'this user may not use it',
  ENOTDIR: 'it is not a folder',
  EEXIST: 'it is not a folder',
}

const withoutLinks = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EMLINK'])

/**
 * Runs what uses the folder.
 *
 * @throws FileStoreError In place of any error of the system: all of them mean that nothing can be kept.
 */
export async function inFolder<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const { code, syscall } = error as { code?: unknown; syscall?: unknown }
    if (error instanceof FileStoreError || typeof code !== 'string' || typeof syscall !== 'string') throw error
    const isLink = syscall === 'link' && withoutLinks.has(code)
    const why = isLink ? 'its file system has no hard links: choose a folder on another one' : sentences[code]
    throw new FileStoreError(`No session can be kept in ${path}: ${why ?? `${syscall} failed`} (${code})`, code)
  }
}

/** For `catch`: turns the expected system errors into `undefined`. */
export function unless(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes(codeOf(error))) throw error
    return undefined
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code)
}
