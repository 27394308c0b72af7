import type { InjectedFault } from '../injected-faults/injected-fault.ts'
import type { Act } from './ends.ts'
import type { Mood } from './proxy.ts'

export type Deed = Act | 'kill' | 'restore'

/** What must hold at every moment, and after the faults. *Acknowledged* means that the response was complete. */
export const invariants = {
  bound:
    'no token is accepted by a verifier with closed or introspect, asked later than the bound after its acknowledged end',
  live: 'after the faults, each verifier accepts every token that did not end, within the bound',
  ended: 'after the faults, no verifier accepts a token that ended, open ones neither',
  agrees: 'after the faults, each verifier knows the feed of the server, and decides as one that has read it from 0',
} as const

export type Invariant = keyof typeof invariants

export const injectedFaults = {
  'no-entry': { breaks: ['bound', 'ended'], does: 'the server writes no entry for an authorization that ended' },
  'same-feed': { breaks: ['bound', 'ended', 'agrees', 'live'], does: 'a verifier ignores that it reads another feed' },
  'fresh-on-receipt': { breaks: ['bound'], does: 'a verifier takes what it knows for as fresh as its receipt' },
  'no-chain': { breaks: ['bound', 'ended', 'agrees'], does: 'a verifier does not compare what an event follows on' },
} as const satisfies Record<string, InjectedFault<Invariant>>

/** What makes a fault show soon: what is done, and what the proxy does meanwhile. Default: everything. */
export interface Conditions {
  readonly only?: readonly Deed[] | undefined
  readonly moods?: readonly Mood[] | undefined
}

export const conditionsOf: Readonly<Record<FaultName, Conditions>> = {
  'no-entry': { only: ['logout'] },
  // What the earlier feed had after the backup is what the new one is mistaken for.
  'same-feed': { only: ['logout', 'logout', 'logout', 'restore'], moods: ['honest'] },
  'fresh-on-receipt': { only: ['logout'], moods: ['delaying'] },
  'no-chain': { only: ['logout'], moods: ['reordering'] },
}

export type FaultName = keyof typeof injectedFaults

/** The others are injected into the verifiers. */
export const serverFaults: readonly FaultName[] = ['no-entry']
