// What the tests of all operations need to know of each dialect. It lies in the dialect's folder, in `testing/dialect-tests.ts`.
// `dialects.ts` collects it: these tests name no dialect.
import type { Role, SessionPolicy } from '@countersign/core'
import type { DialectOperations } from '../src/dialects/registry.ts'
import type { OperationId } from '../src/generated/index.ts'
import type { Expected, Ownership } from './access-expectation.ts'
import type { Exercises, OperationUnder, Ways } from './contract/exercises/exercise.ts'
import type { Question } from './contract/recorder.ts'
import type { RecordedServer } from './recorded-server.ts'
import type { GuessableOperation, LoginPath } from './security/login-path.ts'
import type { RefreshingOperation, RefreshingWay } from './security/refreshing-path.ts'

/** An operation of any dialect. */
export type DialectOperation = keyof DialectOperations & OperationId
/** An operation of no dialect. */
export type OwnOperation = Exclude<OperationId, DialectOperation>

/** What an answer can hand out. */
export type Kind = 'access' | 'refresh' | 'client secret' | 'cookie' | 'TOTP secret' | 'TOTP picture' | 'recovery code'

/** What the access matrix sends to operations, so that every caller who is admitted is served. */
export interface AccessCells<Operation extends OperationId> {
  readonly bodies?: { readonly [K in Operation]?: (server: RecordedServer, user: string) => Promise<Question['body']> }
  readonly queries?: { readonly [K in Operation]?: (server: RecordedServer) => Promise<string> }
  /** Things that exist and belong to no user. */
  readonly things?: { readonly [K in Operation]?: { readonly exists: string; readonly missing: string } }
  /** Where the password of the user `a-viewer` is shown. */
  readonly showPasswords?: readonly Operation[]
  /** What the vendor answers in place of what `x-access` promises. `undefined`: just that. */
  readonly answeredAs?: (
    operationId: Operation,
    ownership: Ownership,
    expected: Expected,
    role: Role | undefined,
  ) => number | Expected | undefined
  /** Sessions that a client holds for a user: whose, with which role, and on which terms. */
  readonly delegated?: readonly {
    readonly name: string
    readonly of: Role
    readonly role: Role
    readonly policy: (server: RecordedServer) => Promise<SessionPolicy>
  }[]
}

/** A token as a client of the dialect gets it. */
export interface Issued {
  /** The id of the user or client. */
  readonly subject: string
  readonly kind: 'session' | 'fixed' | 'personal'
  readonly tokens: readonly string[]
}

export interface DialectTests<Tag extends string = string> {
  readonly dialect: Tag
  /** The terms of its sessions of users, if it has any. */
  readonly sessionPolicy?: SessionPolicy
  readonly exercises: (ways: Ways) => Exercises<OperationUnder<Tag>>
  readonly access: AccessCells<OperationUnder<Tag>>
  /** Every operation at which a secret can be guessed. */
  readonly guessing: { readonly [K in Extract<GuessableOperation, OperationUnder<Tag>>]: readonly LoginPath[] }
  /** Every operation that exchanges a refresh token. */
  readonly refreshing: { readonly [K in Extract<RefreshingOperation, OperationUnder<Tag>>]: RefreshingWay }
  /** What its answers hand out. No other answer may have any of it (all-D5). */
  readonly gives: { readonly [K in OperationUnder<Tag>]?: readonly Kind[] }
  /** What it says to a page of another site where a secret or a grant is judged. */
  readonly foreignPage: object
  /** What it answers to a method that a path does not have. Default is 405. */
  readonly noSuchMethod?: number
  /** Whether it reads credentials and paths as native operations do; others have tests of their own. Default is false. */
  readonly readsAsNative?: boolean
  /** Where an access key logs in (`countersign create-access-key`), if anywhere. */
  readonly keyLogin?: string
  /** How long its tokens live where it has no sessions. `undefined`: until they are revoked. */
  readonly tokenLifetimeSeconds?: number
  /** The schema of its errors, if the contract lists their codes. */
  readonly errorSchema?: string
  readonly issue: (server: RecordedServer) => Promise<Issued>
}
