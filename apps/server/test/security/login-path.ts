import type { OperationId, routes } from '../../src/generated/index.ts'
import type { Question } from '../contract/recorder.ts'

/** The operations at which a secret can be guessed. */
export type GuessableOperation = {
  [K in OperationId]: 429 extends (typeof routes)[K]['statuses'][number] ? K : never
}[OperationId]

/** Whose secret is guessed: a user by name, or a client by id. */
export interface Account {
  readonly name: string
  readonly kind: AccountKind
  /** The right secret. Each read is another one, where one is good once only: there are two codes, and a third beside a password. */
  readonly secret: string
  /** What must be shown beside the secret that is guessed. */
  readonly password?: string | undefined
  /** An access token of the user, for paths that require a fresh proof. */
  readonly access: string
  /** The public half of a client's secret. */
  readonly keyId?: string | undefined
  /** A client to log in through. */
  readonly clientId?: string | undefined
}

/** What an account is opened by, and what of it is guessed: the last. */
export type AccountKind =
  | 'password'
  | 'code'
  | 'password and code'
  | 'recovery code'
  | 'password and recovery code'
  | 'client secret'

export interface LoginPath {
  readonly operationId: GuessableOperation
  readonly name: string
  readonly of: AccountKind
  /** Whether any name can be tried; not so where one is logged in already. */
  readonly anyName: boolean
  request(account: Account, secret: string): Question
  /** What is appended to the path. Default is nothing. */
  readonly query?: string
  /** What a wrong guess is answered. Default is 401. */
  readonly refused?: number
  /** Only the owner can ask: who guesses is made the owner before each guess. */
  readonly asOwner?: true
  /** After a right one there is nothing left to guess. */
  readonly final?: true
}
