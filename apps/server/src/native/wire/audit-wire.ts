import type { AuditPlace } from '@countersign/core'

/** A place in the audit trail, for a cursor. */
export const writtenPlace = ({ sequence, at }: AuditPlace): string => `${sequence} ${at}`

/** @param position From `writtenPlace`. */
export function readPlace(position: string): AuditPlace {
  const [sequence, at] = position.split(' ').map(Number)
  return { sequence: sequence ?? 0, at: at ?? 0 }
}
