// The only list of dialects. Adding one touches: its spec file, its folder, and a line here.
import type { Dialect, DialectAuthority } from './dialect.ts'
import { manifold } from './manifold/dialect.ts'

export const dialects = [manifold] as const

type Union = ReturnType<(typeof dialects)[number]['operations']>
/** The operations of all dialects together. */
export type DialectOperations = (Union extends unknown ? (all: Union) => void : never) extends (all: infer All) => void
  ? All
  : never

export const dialectNames: readonly string[] = dialects.map(({ name }) => name)

/** All their operations, for the contract's table; which of them are served is decided by their tags. */
export const dialectOperations = (authority: DialectAuthority): DialectOperations =>
  Object.assign({}, ...dialects.map((dialect: Dialect<object>) => dialect.operations(authority)))
