// Reads files that hold a secret: which links are followed, and who may own and read the file.
import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { isSystemError, systemCode } from './system-error.ts'

/**
 * The file cannot be used. `message` gives the reason and the remedy; it continues a sentence that begins with the
 * file's name.
 */
export class SecretFileError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'SecretFileError'
  }
}

export interface SecretFileOptions {
  /**
   * Which symbolic links are followed. `inside`: links within the file's own folder, as Kubernetes creates them for a
   * secret; other links would let another user choose the file. `anywhere`: all links, as Certbot creates them.
   */
  readonly links: 'inside' | 'anywhere'
  /** Default: the effective user of this process. */
  readonly effectiveUser?: number
}

const othersRead = 0o077
const groupWritesOrOthersRead = 0o037

/** How often a file may be replaced between resolving and opening it. */
const attempts = 3

/**
 * Reads a file that holds a secret.
 *
 * Checks owner and mode of the opened file, not of a link, by PostgreSQL's rule for key files: a file of this user may
 * be readable by that user only (0600 or less), a file of root also by its group (0640 or less).
 *
 * @returns `undefined` if the file does not exist.
 * @throws SecretFileError
 */
export function readSecretFile(path: string, options: SecretFileOptions): Buffer | undefined {
  const file = open(path, options, attempts)
  if (file === undefined) return undefined
  try {
    checkFile(fstatSync(file), options.effectiveUser ?? process.geteuid?.())
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

function open(path: string, options: SecretFileOptions, left: number): number | undefined {
  const found = resolved(path)
  if (found === undefined) return undefined
  if (options.links === 'inside' && !isInside(realpathSync(dirname(path)), found)) {
    throw new SecretFileError('cannot be read: it is a link out of its folder; name its target')
  }
  try {
    return openSync(found, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    // Kubernetes replaces the whole folder of a secret's files.
    if (isSystemError(error, 'ENOENT') && left > 1) return open(path, options, left - 1)
    throw unreadable(error, found)
  }
}

/** Names of Kubernetes' own folders begin with two dots: `..data`. */
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

/** States the owner of the file and the user of this process: in a container neither is visible from outside. */
function whyClosed(path: string): string {
  const processIdentity = `this process is user ${process.geteuid?.()}, group ${process.getegid?.()}`
  try {
    const { uid, gid, mode } = statSync(path)
    return `it belongs to user ${uid}, group ${gid} (mode ${octal(mode)}), and ${processIdentity}; ${mounting}`
  } catch {
    return `a folder on the way to it is closed, and ${processIdentity}`
  }
}

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0')

function checkFile({ mode, uid }: Stats, user: number | undefined): void {
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

/** The remedy if the file itself cannot be changed. */
const mounting =
  "where it is mounted, mount it with mode 0400, owner this user, or with mode 0440, owner root and this user's group " +
  '(Kubernetes: defaultMode 0440 and fsGroup; Docker: mode, uid and gid of the secret)'
