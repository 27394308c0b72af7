import type { InjectedFault } from '../injected-faults/injected-fault.ts'

/** What must hold after every crash. *Acknowledged* means that the client received a complete 2xx response. */
export const invariants = {
  W1: 'every acknowledged token works',
  W2: 'every acknowledged revocation stays',
  W3: 'a request without an answer is wholly done or not done at all',
  W4: 'no authorization has two live refresh tokens',
  W5: 'the database is sound',
  answers: 'a running server answers according to the contract',
} as const

export type Invariant = keyof typeof invariants

export const injectedFaults = {
  'ack-before-commit': { breaks: ['W1', 'W2'], does: 'responses are sent a moment before the commit' },
  'audit-apart': { breaks: ['W3'], does: 'the audit row is written in a commit of its own' },
  // It may undo a revocation without an answer: then the audit trail has a row too many.
  'forget-on-restart': { breaks: ['W2', 'W3'], does: 'a restart clears the list of revoked tokens' },
  'accept-superseded': { breaks: ['W4'], does: 'the rotation does not compare the generation' },
} as const satisfies Record<string, InjectedFault<Invariant>>

export type FaultName = keyof typeof injectedFaults
