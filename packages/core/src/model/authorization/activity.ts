import { atLeast, lowerRole, type Role } from '../principals/role.ts'
import type { Authorization, AuthorizationRecord, SubjectState } from './authorization.ts'

/** A record whose subject is known to exist. */
export type ActiveRecord = AuthorizationRecord & { readonly subject: SubjectState }

type Activity = Pick<Authorization, 'createdAt' | 'rotatedAt' | 'lastUsedAt'>

/** When an Authorization was last used, refreshed or made, whichever is the latest, as far as it is stored. Epoch seconds. */
export const lastActiveAt = ({ createdAt, rotatedAt, lastUsedAt }: Activity): number =>
  Math.max(createdAt, rotatedAt ?? createdAt, lastUsedAt ?? createdAt)

/** When an Authorization ends unless it is used before. Epoch seconds; `undefined`: it has no inactivity timeout. */
export const idleEndOf = (authorization: Activity & Pick<Authorization, 'idleSeconds'>): number | undefined =>
  authorization.idleSeconds === undefined ? undefined : lastActiveAt(authorization) + authorization.idleSeconds

/**
 * I5: active ⇒ not expired ∧ used within its inactivity timeout ∧ not revoked ∧ subject enabled ∧ client enabled, none of them
 * of a later epoch.
 *
 * @param latest `Clock.latest()`, epoch seconds.
 */
export function isActive(record: AuthorizationRecord, latest: number): record is ActiveRecord {
  const { authorization, subject, client } = record
  if (authorization.revokedAt !== undefined || record.tokenRevoked) return false
  if (authorization.expiresAt !== undefined && authorization.expiresAt <= latest) return false
  const idleEnd = idleEndOf(authorization)
  if (idleEnd !== undefined && idleEnd <= latest) return false
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
