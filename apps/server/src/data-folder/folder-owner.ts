// Who owns a folder. A command run by another user would create files that the server cannot read. Does not know what
// the files mean.
import { accessSync, constants, readFileSync, statSync } from 'node:fs'

/**
 * The other user who owns a folder. A folder of root counts as ours if this user may write to it: mounted volumes
 * belong to root, and root can read every file.
 *
 * @returns `undefined` if the folder is this user's, is root's and writable, or does not exist.
 */
export function otherOwner(path: string): string | undefined {
  const user = process.geteuid?.()
  const uid = statSync(path, { throwIfNoEntry: false })?.uid
  if (user === undefined || uid === undefined || uid === user) return undefined
  if (uid === 0 && isWritable(path)) return undefined
  return userName(uid)
}

/** The prefix that runs a command as that user. */
export const asUser = (name: string): string => `sudo -u ${/^\d/.test(name) ? `'#${name}'` : name}`

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The user's name, or the number if `/etc/passwd` does not have it. */
function userName(uid: number): string {
  try {
    const entry = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .find(([, , id]) => id === `${uid}`)
    return entry?.[0] ?? `${uid}`
  } catch {
    return `${uid}`
  }
}
