/** The auth domain: grants, Authorizations, tokens. It knows no HTTP, SQL or process; time and chance come through ports. */
export type * from './access/access.ts'
export type { AccessTokens, IssuedAccess } from './access/access-tokens.ts'
export type { IntrospectedUse, Introspection } from './access/introspection.ts'
export { UsageMeter } from './access/usage-meter.ts'
export { createAccessKey, replaceSecret } from './admin/accounts.ts'
export { AdjustableSettings } from './admin/adjustable-settings.ts'
export {
  KeyNumbersError,
  type KeyRotationDeps,
  keysCacheSeconds,
  publishBeforeUseSeconds,
  revokeAllKeys,
  revokeKeys,
  rotateKeys,
} from './admin/key-rotation.ts'
export { createUser, createUserWithSecret, type NewUser, type UnlockTerms, unlockUser } from './admin/people.ts'
export {
  type Administrator,
  type NewCredentials,
  People,
  type PersonChanges,
  type ResetPerson,
} from './admin/people-changes.ts'
export { createClient, type IssuedCredential, type NewClient } from './admin/software.ts'
export { type CredentialOf, Software } from './admin/software-changes.ts'
export { unconfirmedSecret } from './admin/unconfirmed-secret.ts'
export { type ActiveRecord, effectiveRole, idleEndOf, isActive, lastActiveAt } from './authorization/activity.ts'
export type * from './authorization/authorization.ts'
export { isIncomplete } from './authorization/authorization.ts'
export { isDelegated } from './authorization/delegation.ts'
export { idBytes, isId, newId } from './authorization/id.ts'
export { newAuthorization } from './authorization/new-authorization.ts'
export { defaultScope, narrowScope } from './authorization/scope.ts'
export { type Circumstances, type Domain, defaultPolicy, type Policy } from './domain.ts'
export { AuthError, type AuthErrorCode, type AuthErrorFacts, authErrorCodes } from './errors.ts'
export type { FixedTokenRequest } from './grants/fixed-tokens.ts'
export type { PersonalToken, PersonalTokenRequest } from './grants/personal-tokens.ts'
export type { Grace, RefreshedBy, RefreshRequest } from './grants/refresh.ts'
export {
  firstPartyClientId,
  nativeSession,
  nativeSessionPolicy,
  type SessionPolicy,
  throughClient,
} from './grants/session-policy.ts'
export type { TokenSet } from './grants/token-set.ts'
export { type KeyRetention, KeyRing } from './keys/key-ring.ts'
export { type KeySet, makeKeySet, openKeySet, type PublicJwk } from './keys/key-set.ts'
export { type MasterKey, SealError, seal, unseal } from './keys/sealing.ts'
export { endsSoon, signingKeyTermSeconds, type Term } from './keys/term.ts'
export type * from './ports/audit.ts'
export { auditBeginning, tallySeconds } from './ports/audit.ts'
export type * from './ports/authorizations.ts'
export type * from './ports/clients.ts'
export type * from './ports/clock.ts'
export type * from './ports/condition.ts'
export type * from './ports/counters.ts'
export type * from './ports/enrolments.ts'
export type * from './ports/keys.ts'
export type * from './ports/marks.ts'
export type * from './ports/password-hasher.ts'
export type * from './ports/random.ts'
export type * from './ports/recovery-codes.ts'
export type * from './ports/settings.ts'
export type * from './ports/store.ts'
export { StoreError } from './ports/store-error.ts'
export type * from './ports/usage.ts'
export type * from './ports/users.ts'
export { opaqueString } from './precis/opaque-string.ts'
export type * from './principals/client.ts'
export { isClientName } from './principals/client-name.ts'
export type { ShownSecrets } from './principals/factor-check.ts'
export type { FreshProof } from './principals/fresh-proof.ts'
export type { AuthenticatedUser, BegunLogin } from './principals/login.ts'
export { Login, type ShownFactors } from './principals/login.ts'
export { mustChangeWithinSeconds } from './principals/must-change.ts'
export {
  type PasswordFault,
  requireAcceptablePassword,
  shortestPasswordAlone,
  shortestPasswordBesideTotp,
} from './principals/password-rules.ts'
export { longestPasswordBytes, Passwords } from './principals/passwords.ts'
export { conditionOn, type ProvenUser, written } from './principals/proof.ts'
export { recentLoginSeconds, requireRecentLogin } from './principals/recent-login.ts'
export { lackingOf, requiredOf, suffices } from './principals/required-factors.ts'
export { atLeast, type ClientRole, isRole, lowerRole, type Role, roles } from './principals/role.ts'
export { type Subject, sameSubject } from './principals/subject.ts'
export type * from './principals/user.ts'
export { isCodeOnly } from './principals/user.ts'
export { canonicalUsername, longestUsernameBytes, requireUsername, type UsernameForms } from './principals/username.ts'
export { addressPrefix } from './throttle/address-prefix.ts'
export { limits as throttleLimits } from './throttle/backoff.ts'
export { GuessMeter, type RefusalReason } from './throttle/guess-meter.ts'
export type { GuessLimit } from './throttle/reservation.ts'
export { digest, digestText, sameBytes } from './tokens/digest.ts'
export { machineTokenId, readMachineToken, writeHexToken, writeMachineToken } from './tokens/opaque-token.ts'
export { PlainToken } from './tokens/plain-token.ts'
export { looksLikeSecret, maskSecret, newSecret, type SecretKind } from './tokens/secret-token.ts'
export { parseCompact } from './tokens/signed-token.ts'
export { type SpentCode, TotpEnrolment, type TotpState, totpFailureCap } from './totp/enrolment.ts'
export { recoveryCodeCount, renewRecoveryCodes } from './totp/recovery-codes.ts'
export {
  base32,
  latestTotpStep,
  matchingStep,
  otpauthUri,
  totpCode,
  totpSecretBytes,
  totpStepSeconds,
} from './totp/totp.ts'
export { createUseCases, type UseCases } from './use-cases.ts'
