import { atLeast, lowerRole, type Role } from '../principals/role.ts'
import type { AuthorizationRecord, SubjectState } from './authorization.ts'

/** A record whose subject is known to exist. */
export type ActiveRecord = AuthorizationRecord & { readonly subject: SubjectState }

/**
 * I5: active ⇒ not expired ∧ not revoked ∧ subject enabled ∧ client enabled, none of them of a later epoch.
 *
 * @param latest `Clock.latest()`, epoch seconds.
 */
export function isActive(record: AuthorizationRecord, latest: number): record is ActiveRecord {
  const { authorization, subject, client } = record
  if (authorization.revokedAt !== undefined || record.tokenRevoked) return false
  if (authorization.expiresAt !== undefined && authorization.expiresAt <= latest) return false
  if (subject === undefined || !subject.enabled) return false
  const epoch = authorization.kind === 'personal' ? subject.personalEpoch : subject.sessionsEpoch
  if (authorization.epoch < epoch) return false
  if (authorization.clientEpoch === undefined) return true
  return client?.enabled === true && authorization.clientEpoch >= client.epoch
}

/** The role that counts now: re-read at every check, so that lowering it works at once (I4). */
export const effectiveRole = (record: ActiveRecord): Role =>
  lowerRole(record.authorization.roleCeiling, record.subject.role)

export const mayAct = (record: ActiveRecord, least: Role): boolean => atLeast(effectiveRole(record), least)
