import type { Invariant } from './loss.ts'

/** Faults that can be put into the server from outside, and what the campaign must say of each. */
export const plants = {
  'ack-before-commit': { breaks: ['W1', 'W2'], does: 'answers are sent a moment before the commit' },
  'audit-apart': { breaks: ['W3'], does: 'the audit row has a commit of its own' },
  'forget-on-restart': { breaks: ['W2'], does: 'a restart clears the list of revoked tokens' },
  'accept-superseded': { breaks: ['W4'], does: 'the compare is missing from the compare-and-set' },
} as const satisfies Record<string, { readonly breaks: readonly Invariant[]; readonly does: string }>

export type PlantName = keyof typeof plants

export const isPlant = (name: string): name is PlantName => Object.hasOwn(plants, name)

/** A module that is loaded before the server and changes its database driver: nothing in the server knows of it. */
export const plantOptions = (name: PlantName | undefined): readonly string[] =>
  name === undefined ? [] : ['--import', new URL(`./planted/${name}.ts`, import.meta.url).href]
