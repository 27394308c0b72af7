import { AuthError, localCaller, PlainToken } from '@countersign/core'
import { newPassword } from '../adapters/new-password.ts'
import type { Authority } from '../compose/authority.ts'
import { DataFolderError } from '../data-folder/data-folder.ts'
import { readSecretFile, SecretFileError } from '../data-folder/secret-file.ts'

const username = 'owner'

export interface FirstOwner {
  readonly username: string
  /** Not stored; the caller shows it once. `undefined` if it came from a file. */
  readonly password: PlainToken | undefined
}

/**
 * Creates the owner unless there is one (I7). If several servers start on one folder, one of them creates it.
 *
 * @param passwordFile Has the owner's password. Default: a new password. Read only if there is no owner.
 * @throws DataFolderError if another user has the owner's name, or the file cannot be used. AuthError
 *   `password_unacceptable`.
 */
export async function makeFirstOwner(
  authority: Pick<Authority, 'domain' | 'useCases'>,
  passwordFile?: string,
): Promise<FirstOwner | undefined> {
  const { domain, useCases } = authority
  if (await useCases.users.findOwner()) return undefined
  const chosen = passwordFile === undefined ? undefined : readPassword(passwordFile)
  const password = chosen ?? newPassword(domain.random)
  const owner = { username, role: 'owner', password: password.reveal(), requiredFactors: ['password'] } as const
  // Other factors that the policy requires are set up at the first login.
  const given = { ...owner, enrolsLater: true }
  try {
    await useCases.users.create(given, localCaller)
  } catch (error) {
    if (await useCases.users.findOwner()) return undefined
    if (!(error instanceof AuthError && error.code === 'username_taken')) throw error
    const remedy = 'make one with "countersign create-user -u NAME -g owner --password-stdin"'
    throw new DataFolderError(`there is no owner, and the name "${username}" is taken: ${remedy}`)
  }
  return { username, password: chosen ? undefined : password }
}

/** One line, with or without a line break at its end. */
function readPassword(path: string): PlainToken {
  const name = `the owner's password file ${path}`
  try {
    const bytes = readSecretFile(path, { links: 'anywhere' })
    if (!bytes) throw new DataFolderError(`${name} does not exist`)
    const line = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '')
    if (line === '' || /[\r\n]/.test(line)) throw new DataFolderError(`${name} does not have exactly one line`)
    return new PlainToken(line)
  } catch (error) {
    if (error instanceof SecretFileError) throw new DataFolderError(`${name} ${error.message}`, error.cause)
    // The decoder's own error may not be repeated: it is about the password.
    if (error instanceof TypeError) throw new DataFolderError(`${name} is not UTF-8`)
    throw error
  }
}
