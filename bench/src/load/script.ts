// The load as plain data, sent from the measuring process to the load process.
import type { Endpoint } from '@countersign/server/testing/process'

/** Each connection sends the requests one after the other, again and again. */
export interface Cycle {
  readonly kind: 'cycle'
  /** Whole messages. Connection `n` begins with request `n`. */
  readonly requests: readonly string[]
}

/** Each connection refreshes a session of its own: it sends the refresh token of the answer before. */
export interface Chain {
  readonly kind: 'chain'
  readonly path: string
  /** The first refresh token of each connection's chain. */
  readonly tokens: readonly string[]
}

export interface Script {
  /** Identifies the script in a load process, which keeps its connections and chains until it is closed. */
  readonly name: string
  readonly endpoint: Endpoint
  readonly connections: number
  readonly work: Cycle | Chain
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
  /** CPU time of the load process. Near `seconds` the load process was the limit, not the server. */
  readonly cpuSeconds: number
}

export type Order =
  | { readonly id: number; readonly kind: 'slice'; readonly script: Script; readonly seconds: number }
  | { readonly id: number; readonly kind: 'close'; readonly name: string }

export interface Reply {
  readonly id: number
  readonly result?: SliceResult
  readonly error?: string
}
