import { AuthError, localCaller, type PlainToken } from '@countersign/core'
import { newPassword } from '../adapters/new-password.ts'
import type { Authority } from '../compose/authority.ts'
import { DataFolderError } from '../data-folder/data-folder.ts'

const username = 'owner'

export interface FirstOwner {
  readonly username: string
  /** Not stored; the caller shows it once. */
  readonly password: PlainToken
}

/**
 * Creates the owner unless there is one (I7). If several servers start on one folder, one of them creates it.
 *
 * @throws DataFolderError if another user has the owner's name.
 */
export async function makeFirstOwner(
  authority: Pick<Authority, 'domain' | 'useCases'>,
): Promise<FirstOwner | undefined> {
  const { domain, useCases } = authority
  if (await useCases.users.findOwner()) return undefined
  const password = newPassword(domain.random)
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
  return { username, password }
}
