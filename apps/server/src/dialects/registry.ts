// The only list of dialects. Each folder below dialects/ is one dialect and knows no other.

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

/** Turns `A | B` into `A & B`. */
type Intersection<U> = (U extends unknown ? (all: U) => void : never) extends (all: infer All) => void ? All : never
/** The operations of all dialects together. */
export type DialectOperations = Intersection<ReturnType<(typeof dialects)[number]['operations']>>

export const dialectNames: readonly string[] = all.map(({ name }) => name)

/** Includes disabled dialects, because their sessions still exist. */
export const delegateClientIds: ReadonlySet<string> = new Set(
  all.flatMap(({ delegateClientIds = [] }) => delegateClientIds),
)

/** The parsers of all security schemes that dialects declare. */
export const dialectSchemes: Readonly<Record<string, CredentialParser>> = Object.assign(
  {},
  ...all.map(({ schemes }) => schemes),
)

/**
 * The handlers of all dialects, for the contract's table. Tags decide which of them are served.
 *
 * @param texts The settings of all dialects, from the configuration.
 */
export const dialectOperations = (
  services: DialectServices,
  texts: Readonly<Record<string, string>>,
): DialectOperations =>
  Object.assign({}, ...all.map((dialect) => dialect.operations(services, optionValues(dialect.options, texts))))

/** `cookieLoginMaxAge` in seconds by dialect, for dialects that have one. */
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
