import type { AuditEvent } from '../model/audit-event.ts'
import { digestText } from '../tokens/digest.ts'
import { addressPrefix, widerPrefixes } from './address-prefix.ts'

/** How many addresses that guess at names which do not exist have a row of their own in 15 minutes. */
const mostOfNobody = 1000

/**
 * An event that unknown callers can cause as often as they like, as one of its kind: of the same action, about the same subject, from
 * the same address prefix. Events without a subject are one kind for a whole IPv6 /48.
 *
 * @param about What else makes it another kind, e.g. the API. Default: nothing.
 */
export function tallied(event: AuditEvent, ...about: readonly string[]): AuditEvent {
  const { action, subject, address } = event
  if (!subject) {
    const prefix = widerPrefixes(address)?.network ?? addressPrefix(address)
    return { ...event, tally: { key: digestText(action, prefix), most: mostOfNobody } }
  }
  const key = digestText(action, subject.kind, subject.id, addressPrefix(address), ...about)
  return { ...event, tally: { key } }
}
