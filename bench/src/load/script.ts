// The load as plain data, sent from the measuring process to the load process.
import type { Endpoint } from '@countersign/server/testing/process'

/** Each connection sends the requests one after the other, again and again. */
export interface Cycle {
  readonly kind: 'cycle'
  /** Whole messages. Connection `n` begins with request `n`. */
  readonly requests: readonly string[]
}

/** A request that presents a token of its own. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Members of the body besides the token. They are sent as a form if `form` is true, and otherwise as JSON. */
  readonly body?: Readonly<Record<string, string>>
  readonly form?: boolean
  /** The body's member with the token. Without a name the token is in `Authorization`. */
  readonly tokenMember?: string
  /** Sends an `Idempotency-Key` of its own with each request, as the published client does. */
  readonly keyed?: boolean
}

/** Each connection refreshes a session of its own: it sends the refresh token of the answer before. */
export interface Chain {
  readonly kind: 'chain'
  readonly call: Call
  /** The member of the answer with the next token. */
  readonly member: string
  /** The first refresh token of each connection's chain. */
  readonly tokens: readonly string[]
}

/** Each token is presented once. They are fetched before a slice, which is not measured. */
export interface Spend {
  readonly kind: 'spend'
  readonly call: Call
  /** The whole message that yields a token, and the member of its answer. */
  readonly supply: { readonly request: string; readonly member: string }
}

export interface Script {
  /** Identifies the script in a load process, which keeps its connections and chains until it is closed. */
  readonly name: string
  readonly endpoint: Endpoint
  readonly connections: number
  readonly work: Cycle | Chain | Spend
  /** A part of every right answer, besides a status of 2xx. */
  readonly expected: string
}

/** The result of one slice. */
export interface SliceResult {
  readonly answers: number
  /** Answers that were not 2xx or lacked the expected part, and lost connections. */
  readonly failures: number
  readonly firstFailure: string | undefined
  /** From the first request to the last answer. */
  readonly seconds: number
  /** The time of each answer. */
  readonly latenciesMilliseconds: Float32Array
  /** Of an open loop: how long after it was due the load process turned to each request. Otherwise empty. */
  readonly latenessMilliseconds: Float32Array
  /** CPU time of the load process. Near `seconds` the load process was the limit, not the server. */
  readonly cpuSeconds: number
}

/** A script and its share of the requests. */
export interface Share {
  readonly script: Script
  /** The shares of a mix are relative to their sum. */
  readonly share: number
}

/** How requests are sent. */
export type Order =
  /** Every connection sends its next request after the answer to the one before: a closed loop. */
  | { readonly id: number; readonly kind: 'slice'; readonly script: Script; readonly seconds: number }
  /** A closed loop of so many workers. Each chooses the kind of its next request by the shares. */
  | {
      readonly id: number
      readonly kind: 'mix'
      readonly shares: readonly Share[]
      readonly workers: number
      readonly seconds: number
      readonly seed: number
    }
  /** Requests are sent by a schedule, whether or not earlier ones were answered: an open loop. */
  | {
      readonly id: number
      readonly kind: 'open'
      readonly shares: readonly Share[]
      readonly perSecond: number
      readonly seconds: number
      readonly seed: number
    }
  /** Connects, and fetches what a slice of so many seconds needs. */
  | { readonly id: number; readonly kind: 'prepare'; readonly script: Script; readonly seconds: number }
  | { readonly id: number; readonly kind: 'close'; readonly name: string }

export interface Reply {
  readonly id: number
  /** One result for each script, in order. */
  readonly results?: readonly SliceResult[]
  readonly error?: string
}
