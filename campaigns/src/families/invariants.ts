import type { InjectedFault } from '../injected-faults/injected-fault.ts'

export const invariants = {
  order:
    'one sequential order explains all answers about a family, and respects which request ended before another began',
  answers: 'the server answers according to the contract',
} as const

export type Invariant = keyof typeof invariants

export const injectedFaults = {
  'accept-superseded': { breaks: ['order'], does: 'the rotation does not compare the generation' },
  'ack-before-commit': { breaks: ['order', 'answers'], does: 'responses are sent a moment before the commit' },
  // On PostgreSQL nothing is remembered.
  'late-to-notice': {
    breaks: ['order'],
    does: 'a commit of another process is noticed a moment later (SQLite)',
    engine: 'sqlite',
  },
} as const satisfies Record<string, InjectedFault<Invariant>>

export type FaultName = keyof typeof injectedFaults
