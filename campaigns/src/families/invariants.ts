import type { Plant } from '../injected-faults/injected-fault.ts'

export const invariants = {
  order:
    'all answers about a family fit one order of doing one thing at a time, which respects what was over before what began',
  answers: 'the server answers as the contract says',
} as const

export type Invariant = keyof typeof invariants

export const plants = {
  'accept-superseded': { breaks: ['order'], does: 'the compare is missing from the compare-and-set' },
  'ack-before-commit': { breaks: ['order', 'answers'], does: 'answers are sent a moment before the commit' },
  'late-to-notice': { breaks: ['order'], does: 'what another process commits is noticed a moment later' },
} as const satisfies Record<string, Plant<Invariant>>

export type PlantName = keyof typeof plants
