// What the compiler proves: a path parameter that the contract calls a number is one.
import type { Input } from '../../generated/index.ts'

export const instanceId = (input: Input<'manifoldShowInstance'>): number => input.params.id
