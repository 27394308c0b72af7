import type { InjectedFault } from '../injected-faults/injected-fault.ts'

/** What must hold at every read and after every crash. *Acknowledged* means that the client received a complete 2xx response. */
export const invariants = {
  one: 'there is exactly one owner, at every read and after every start',
  kept: 'an acknowledged transfer stays: the new owner is the owner',
  whole: 'a transfer without an answer is wholly done or not done at all, and the audit trail has each that was done',
  rights: 'the owner may do what only the owner may do, and the previous owner may not',
  sound: 'the database is sound',
  answers: 'a running server answers according to the contract',
} as const

export type Invariant = keyof typeof invariants

export const injectedFaults = {
  'promote-apart': { breaks: ['one'], does: 'the new owner is promoted a moment later, in a commit of its own' },
  // Two transfers that were lost leave the owner as it was.
  'ack-before-commit': { breaks: ['kept', 'whole', 'answers'], does: 'responses are sent a moment before the commit' },
  'audit-apart': { breaks: ['whole'], does: 'the audit row is written in a commit of its own' },
} as const satisfies Record<string, InjectedFault<Invariant>>

export type FaultName = keyof typeof injectedFaults
