import type { Input, OperationId } from '../../src/generated/index.ts'
import type { Question } from '../contract/recorder.ts'
import type { RecordedServer, Tokens } from '../recorded-server.ts'

/** The operations that exchange a refresh token. */
export type RefreshingOperation = {
  [K in OperationId]: 'idempotency-key' extends keyof Input<K>['headers'] ? K : never
}[OperationId]

/** A session, and whose it is: of `subject` everything else is the administrator's to do. */
export interface Opened extends Tokens {
  readonly subject: { readonly kind: 'user' | 'client'; readonly id: string; readonly name: string }
}

/** Where refresh tokens come from. */
export interface Source {
  readonly name: string
  readonly dialect: string
  readonly of: 'user' | 'client'
  open(server: RecordedServer): Promise<Opened>
}

export interface RefreshingPath {
  readonly operationId: RefreshingOperation
  readonly name: string
  readonly source: Source
  question(token: string): Question
  /** The token a second time in the same place, spelled so that no reader may choose between the two. */
  twice(token: string): Question
  /** How a refusal is worded: of a token that was used before, and of any other that is no good. */
  readonly refused: { readonly status: number; readonly reused: object; readonly invalid: object }
  /** What becomes of a token that comes again from the same address; `undefined`: it is taken for stolen. */
  readonly grace?: 'refuse' | 'successor' | undefined
}

/** A way to refresh, for tokens of each of its sources. */
export type RefreshingWay = Omit<RefreshingPath, 'operationId' | 'name' | 'source'> & {
  readonly sources: readonly Source[]
}
