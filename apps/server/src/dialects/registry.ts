// The only list of dialects. Adding one touches: its spec file, its folder, and a line here.
import { cikit } from './cikit/dialect.ts'
import { efa } from './efa/dialect.ts'
import { insight } from './insight/dialect.ts'
import type { Dialect, DialectAuthority } from './kit/dialect.ts'
import { lyve } from './lyve/dialect.ts'
import { manifold } from './manifold/dialect.ts'

export const dialects = [manifold, cikit, lyve, efa, insight] as const

/** `A | B` as `A & B`. */
type Intersection<U> = (U extends unknown ? (all: U) => void : never) extends (all: infer All) => void ? All : never
/** The operations of all dialects together. */
export type DialectOperations = Intersection<ReturnType<(typeof dialects)[number]['operations']>>

export const dialectNames: readonly string[] = dialects.map(({ name }) => name)

/** Those of dialects that are off, too: what they gave lives on. */
export const delegateClientIds: ReadonlySet<string> = new Set(
  dialects.flatMap(({ delegateClientIds = [] }: Dialect<object>) => delegateClientIds),
)

/** All their operations, for the contract's table; which of them are served is decided by their tags. */
export const dialectOperations = (authority: DialectAuthority): DialectOperations =>
  Object.assign({}, ...dialects.map((dialect: Dialect<object>) => dialect.operations(authority)))
