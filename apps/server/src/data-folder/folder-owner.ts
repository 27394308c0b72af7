// Whose files these are: a command of another user would leave files that the server cannot read. It must not know what the
// files mean.
import { accessSync, constants, readFileSync, statSync } from 'node:fs'

/**
 * The user of a folder that is somebody else's. Root's is nobody else's where this user may write: mounted volumes are root's,
 * and root can read whatever is made in them.
 *
 * @returns `undefined` if it is this user's, root's and writable, or not there.
 */
export function otherOwner(path: string): string | undefined {
  const user = process.geteuid?.()
  const uid = statSync(path, { throwIfNoEntry: false })?.uid
  if (user === undefined || uid === undefined || uid === user) return undefined
  if (uid === 0 && isWritable(path)) return undefined
  return userName(uid)
}

/** What to type in front of a command to be that user. */
export const asUser = (name: string): string => `sudo -u ${/^\d/.test(name) ? `'#${name}'` : name}`

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The number, where the name is not in `/etc/passwd`. */
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
