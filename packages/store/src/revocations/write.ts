import {
  type AuthorizationKind,
  type AuthorizedApi,
  issuerApiId,
  issuingSeconds,
  longestAccessSeconds,
  longestApiAccessSeconds,
  type Revocation,
  type RevocationKind,
} from '@countersign/core'
import type { Executor } from '../engine/engine.ts'
import { insert, unanswered } from '../schema/statement.ts'
import { revocations } from '../schema/tables.ts'
import { addOne, readWithin } from '../sequences/numbers.ts'

/** What ends many tokens at once: whichever were issued before are doubtful. */
type Wide = Exclude<RevocationKind, 'token' | 'authorization'>

/** The id of an entry that concerns all users, or all clients. */
export const everyone = '*'

/**
 * Appends an entry that concerns every reader, within the unit of the change: both are committed, or neither.
 *
 * @param at When it was asked for, `Clock.now()`. Epoch seconds.
 */
export const writeWide = async (execute: Executor, kind: Wide, id: string, at: number): Promise<void> => {
  const before = await commitTime(execute, at)
  await append(execute, { kind, id, before, until: before + longestAccessSeconds, apis: undefined })
}

/** What of an Authorization decides about its entry. */
export interface Ended {
  readonly id: string
  readonly kind: AuthorizationKind
  readonly apis: readonly AuthorizedApi[]
  readonly accessLifetimeSeconds: number
  readonly expiresAt: number | undefined
}

/**
 * Appends the entry of one Authorization. An incomplete login (`password_change`, `enrolment`) has one as well: its token may be a JWT
 * for the issuer, and one rule for every kind leaves none out.
 */
export const writeAuthorization = async (execute: Executor, ended: Ended, at: number): Promise<void> => {
  const before = await commitTime(execute, at)
  const lifetime = ended.kind === 'fixed' ? 0 : ended.accessLifetimeSeconds
  const until = Math.max(
    before + Math.max(lifetime, longestApiAccessSeconds),
    ended.kind === 'fixed' ? (ended.expiresAt ?? 0) : 0,
  )
  await append(execute, { kind: 'authorization', id: ended.id, before, until, apis: idsOf(ended.apis) })
}

/** Appends the entry of one token. No token that it was exchanged for outlives it. */
export const writeToken = async (
  execute: Executor,
  { id, expiresAt, apis }: { readonly id: string; readonly expiresAt: number; readonly apis: readonly AuthorizedApi[] },
  at: number,
): Promise<void> => {
  const before = await commitTime(execute, at)
  await append(execute, { kind: 'token', id, before, until: Math.max(before, expiresAt), apis: idsOf(apis) })
}

/** An Authorization that names no API is for the issuer. */
const idsOf = (apis: readonly AuthorizedApi[]): readonly string[] =>
  apis.length === 0 ? [issuerApiId] : apis.map(({ id }) => id)

/** If the clock was set back, tokens are dated up to its high-water mark. */
const commitTime = async (execute: Executor, at: number): Promise<number> =>
  Math.max(at, await readWithin(execute, 'clock_high_water')) + issuingSeconds

type Entry = Omit<Revocation, 'sequence'>

const append = async (execute: Executor, entry: Entry): Promise<void> => {
  const sequence = (await execute.first(addOne, { name: 'revocations_given' })) ?? 0
  await execute.run(insertEntry, { ...entry, sequence })
}

const insertEntry = unanswered(insert(revocations))
