import { invariants as crashInvariants } from '../crash/invariants.ts'
import type { InjectedFault } from '../injected-faults/injected-fault.ts'

export const recoverySeconds = 30

/** What must hold after every outage. */
export const invariants = {
  ...crashInvariants,
  recovery: `the servers are ready again within ${recoverySeconds} seconds, by themselves`,
} as const

export type Invariant = keyof typeof invariants

export const injectedFaults = {
  'early-commit': { breaks: ['W1', 'W2', 'W3', 'W4'], does: 'the database confirms commits before they are on disk' },
} as const satisfies Record<string, InjectedFault<Invariant>>

export type FaultName = keyof typeof injectedFaults
