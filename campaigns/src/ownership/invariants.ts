import type { Plant } from '../injected-faults/injected-fault.ts'

/** What must hold at every read and after every crash. *Acknowledged* is what the client was answered with a whole 2xx. */
export const invariants = {
  one: 'there is exactly one owner, at every read and after every start',
  kept: 'an acknowledged transfer stays: its heir is the owner',
  whole: 'a transfer that was not answered is wholly done or wholly not, and the audit trail knows each that was done',
  rights: 'the owner may do what an owner may, and whoever was one may not',
  sound: 'the database is sound',
  answers: 'a server that runs answers as the contract says',
} as const

export type Invariant = keyof typeof invariants

export const plants = {
  'promote-apart': { breaks: ['one'], does: 'the heir is promoted a moment later, in a commit of its own' },
  'ack-before-commit': { breaks: ['kept', 'answers'], does: 'answers are sent a moment before the commit' },
  'audit-apart': { breaks: ['whole'], does: 'the audit row has a commit of its own' },
} as const satisfies Record<string, Plant<Invariant>>

export type PlantName = keyof typeof plants
