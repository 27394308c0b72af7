import type { Plant } from '../injected-faults/injected-fault.ts'
import type { Invariant } from './invariants.ts'

/** Faults that can be put into the server from outside, and what the campaign must say of each. */
export const plants = {
  'ack-before-commit': { breaks: ['W1', 'W2'], does: 'answers are sent a moment before the commit' },
  'audit-apart': { breaks: ['W3'], does: 'the audit row has a commit of its own' },
  // What it takes back may be one without an answer: then the trail says more than there is.
  'forget-on-restart': { breaks: ['W2', 'W3'], does: 'a restart clears the list of revoked tokens' },
  'accept-superseded': { breaks: ['W4'], does: 'the compare is missing from the compare-and-set' },
} as const satisfies Record<string, Plant<Invariant>>

export type PlantName = keyof typeof plants
