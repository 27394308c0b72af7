import { AuthError, localCaller, type PlainToken } from '@countersign/core'
import { newPassword } from '../adapters/new-password.ts'
import type { Authority } from '../compose/authority.ts'
import { DataFolderError } from '../data-folder/data-folder.ts'

const username = 'owner'

export interface FirstOwner {
  readonly username: string
  /** Kept nowhere: whoever shows it shows it once. */
  readonly password: PlainToken
}

/**
 * Makes the owner, unless there is one (I7). Of several servers that start on one folder, one makes it.
 *
 * @throws DataFolderError if somebody else took the owner's name before.
 */
export async function makeFirstOwner(
  authority: Pick<Authority, 'domain' | 'useCases'>,
): Promise<FirstOwner | undefined> {
  const { domain, useCases } = authority
  if (await useCases.users.findOwner()) return undefined
  const password = newPassword(domain.random)
  const owner = { username, role: 'owner', password: password.reveal(), requiredFactors: ['password'] } as const
  // Whatever the policy demands besides is set up at the first login.
  const given = { ...owner, enrolsLater: true }
  try {
    await useCases.users.create(given, localCaller)
  } catch (error) {
    if (await useCases.users.findOwner()) return undefined
    if (!(error instanceof AuthError && error.code === 'username_taken')) throw error
    const remedy = 'make one with "countersign create-user -u NAME -g owner --password-stdin"'
    throw new DataFolderError(`there is no owner, and the name "${username}" is taken: ${remedy}`)
  }
  return { username, password }
}
