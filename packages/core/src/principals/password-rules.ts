import type { Domain } from '../domain.ts'
import { AuthError } from '../errors.ts'
import type { Factor } from './user.ts'

/** Longer ones are refused before anything is hashed (N-024). */
export const longestPasswordBytes = 1024
/** Alone, a password must be this long (NIST SP 800-63B-4); beside a second factor 8 characters do (ASVS 6.2.1). */
export const shortestPasswordAlone = 15
export const shortestPasswordBesideTotp = 8

export type PasswordFault = 'too_short' | 'too_long' | 'well_known' | 'equals_username' | 'equals_product_name'

/**
 * Checks a new password. Whatever is long enough and not well known will do: no rules about classes of characters.
 *
 * @throws AuthError `password_unacceptable` with the fault as `reason`.
 */
export function requireAcceptablePassword(
  password: string,
  user: { readonly username: string; readonly requiredFactors: readonly Factor[] },
  deps: Pick<Domain, 'isCommonPassword'>,
): void {
  const fault = passwordFault(password, user, deps)
  if (fault) throw new AuthError('password_unacceptable', { reason: fault })
}

/** Whether a password is long enough to be the only factor. */
export const standsAlone = (password: string): boolean => [...password].length >= shortestPasswordAlone

function passwordFault(
  password: string,
  user: { readonly username: string; readonly requiredFactors: readonly Factor[] },
  deps: Pick<Domain, 'isCommonPassword'>,
): PasswordFault | undefined {
  if (Buffer.byteLength(password) > longestPasswordBytes) return 'too_long'
  const shortest = user.requiredFactors.includes('totp') ? shortestPasswordBesideTotp : shortestPasswordAlone
  const lower = password.toLowerCase()
  if (lower === user.username.toLowerCase()) return 'equals_username'
  if (lower.replaceAll(/[^a-z]/g, '') === 'countersign') return 'equals_product_name'
  if (deps.isCommonPassword(lower)) return 'well_known'
  return [...password].length < shortest ? 'too_short' : undefined
}
