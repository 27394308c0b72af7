// The only list of dialects.

import type { CredentialParser } from '../pipeline/credentials.ts'
import { cikit } from './cikit/dialect.ts'
import { efa } from './efa/dialect.ts'
import { insight } from './insight/dialect.ts'
import type { Dialect, DialectServices } from './kit/dialect.ts'
import { optionValues } from './kit/options.ts'
import { lyve } from './lyve/dialect.ts'
import { manifold } from './manifold/dialect.ts'

export const dialects = [manifold, cikit, lyve, efa, insight] as const
const all: readonly Dialect[] = dialects

/** `A | B` as `A & B`. */
type Intersection<U> = (U extends unknown ? (all: U) => void : never) extends (all: infer All) => void ? All : never
/** The operations of all dialects together. */
export type DialectOperations = Intersection<ReturnType<(typeof dialects)[number]['operations']>>

export const dialectNames: readonly string[] = all.map(({ name }) => name)

/** Those of dialects that are off, too: what they gave lives on. */
export const delegateClientIds: ReadonlySet<string> = new Set(
  all.flatMap(({ delegateClientIds = [] }) => delegateClientIds),
)

/** The parsers of all security schemes that dialects declare. */
export const dialectSchemes: Readonly<Record<string, CredentialParser>> = Object.assign(
  {},
  ...all.map(({ schemes }) => schemes),
)

/**
 * All their operations, for the contract's table; which of them are served is decided by their tags.
 *
 * @param texts The settings of all dialects, as the configuration has them.
 */
export const dialectOperations = (
  services: DialectServices,
  texts: Readonly<Record<string, string>>,
): DialectOperations =>
  Object.assign({}, ...all.map((dialect) => dialect.operations(services, optionValues(dialect.options, texts))))

/** `cookieLoginMaxAge` of those dialects that have one, in seconds, by name. */
export const cookieLoginMaxAges = (
  enabled: readonly Dialect[],
  texts: Readonly<Record<string, string>>,
): ReadonlyMap<string, number> =>
  new Map(
    enabled.flatMap((dialect) => {
      const seconds = dialect.cookieLoginMaxAge?.(optionValues(dialect.options, texts))
      return seconds === undefined ? [] : [[dialect.name, seconds]]
    }),
  )
