// Files that hold a secret: which links to them are followed, and who may own and read them.
import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { isSystemError, systemCode } from './system-error.ts'

/** The file cannot be used. `message` says why and what to do, and continues a sentence that begins with the file's name. */
export class SecretFileError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'SecretFileError'
  }
}

export interface SecretFileOptions {
  /**
   * Which links are followed. `inside`: those that stay in the file's own folder, as Kubernetes makes them for a secret;
   * another one would let somebody else choose the file. `anywhere`: all of them, as Certbot makes them.
   */
  readonly links: 'inside' | 'anywhere'
  /** Default is that of this process. */
  readonly effectiveUser?: number
}

const othersRead = 0o077
const groupWritesOrOthersRead = 0o037

/** How often a file may be replaced between looking for it and opening it. */
const attempts = 3

/**
 * Reads a file that holds a secret.
 *
 * Of the opened file, not of a link to it, owner and mode are judged by the rule that PostgreSQL has for its keys: a file of
 * this user may be read by nobody else (0600 or less), one of root by members of its group too (0640 or less).
 *
 * @returns `undefined` if there is no such file.
 * @throws SecretFileError
 */
export function readSecretFile(path: string, options: SecretFileOptions): Buffer | undefined {
  const file = open(path, options, attempts)
  if (file === undefined) return undefined
  try {
    judge(fstatSync(file), options.effectiveUser ?? process.geteuid?.())
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

function open(path: string, options: SecretFileOptions, left: number): number | undefined {
  const found = resolved(path)
  if (found === undefined) return undefined
  if (options.links === 'inside' && !isInside(realpathSync(dirname(path)), found)) {
    throw new SecretFileError('cannot be read: it is a link out of its folder; name the file that it leads to')
  }
  try {
    return openSync(found, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    // Kubernetes replaces the folder that holds a secret's files as a whole.
    if (isSystemError(error, 'ENOENT') && left > 1) return open(path, options, left - 1)
    throw unreadable(error, found)
  }
}

/** Kubernetes' own folders begin with two dots: `..data`. */
const isInside = (folder: string, path: string): boolean => !/^\.\.(?:\/|$)/.test(relative(folder, path))

function resolved(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw unreadable(error, path)
  }
}

function unreadable(error: unknown, path: string): SecretFileError {
  const code = systemCode(error) ?? 'unreadable'
  const reason = isSystemError(error, 'EACCES') ? `: ${whyClosed(path)}` : ''
  return new SecretFileError(`cannot be read (${code})${reason}`, error)
}

/** Whose the file is, and who asks: in a container neither can be seen from outside. */
function whyClosed(path: string): string {
  const asking = `this process is user ${process.geteuid?.()}, group ${process.getegid?.()}`
  try {
    const { uid, gid, mode } = statSync(path)
    return `it belongs to user ${uid}, group ${gid} (mode ${octal(mode)}), and ${asking}; ${mounting}`
  } catch {
    return `a folder on the way to it is closed, and ${asking}`
  }
}

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0')

function judge({ mode, uid }: Stats, user: number | undefined): void {
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new SecretFileError('is no regular file')
  if ((mode & (uid === 0 ? groupWritesOrOthersRead : othersRead)) !== 0) {
    throw new SecretFileError(
      `is open to others (mode ${octal(mode)}): chmod 600 it, and replace it if it was read; ${mounting}`,
    )
  }
  if (user !== undefined && uid !== user && uid !== 0) {
    throw new SecretFileError(`belongs to another user (id ${uid}): it must be this user's (id ${user}) or root's`)
  }
}

/** Where nobody can change the file itself. */
const mounting =
  "where it is mounted, mount it with mode 0400, owner this user, or with mode 0440, owner root and this user's group " +
  '(Kubernetes: defaultMode 0440 and fsGroup; Docker: mode, uid and gid of the secret)'
