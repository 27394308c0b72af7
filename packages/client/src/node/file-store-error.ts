import { recognizedInAnyBuild } from '../transport/any-build.ts'

/**
 * The folder of a session is not as required, or the system does not allow storing a record in it.
 *
 * @example
 * ```ts
 * import { type Client, unwrap } from '@countersign/client'
 * import { FileStoreError } from '@countersign/client/node'
 *
 * export async function show(client: Client): Promise<void> {
 *   try {
 *     console.log(await unwrap(client.GET('/v1/me')))
 *   } catch (error) {
 *     if (error instanceof FileStoreError && error.reason === 'ENOSPC') console.error('The disk is full')
 *     else throw error
 *   }
 * }
 * ```
 */
export class FileStoreError extends Error {
  static {
    recognizedInAnyBuild(FileStoreError, 'FileStoreError')
  }

  override readonly name = 'FileStoreError'
  readonly code = 'store_unusable'
  /** The system's error code, such as `ENOSPC`; `undefined` if the system reported no error. */
  readonly reason: string | undefined

  constructor(message: string, reason?: string) {
    super(message)
    this.reason = reason
  }
}

/** The meaning of system error codes. */
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
 * Runs work that uses the folder.
 *
 * @throws FileStoreError In place of any system error: each of them means that nothing can be stored.
 */
export async function inFolder<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const { code, syscall } = error as { code?: unknown; syscall?: unknown }
    if (error instanceof FileStoreError || typeof code !== 'string' || typeof syscall !== 'string') throw error
    const isLink = syscall === 'link' && withoutLinks.has(code)
    const why = isLink ? 'its file system has no hard links: choose a folder on another file system' : sentences[code]
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
