// What a load consists of, as plain data: it crosses from the measuring process to the one that makes the load.
import type { Endpoint } from '../../../apps/server/src/testing/process/connection.ts'

/** Each connection sends one request after the other, from the first again after the last. */
export interface Cycle {
  readonly kind: 'cycle'
  /** Whole messages. Connection `n` begins with request `n`. */
  readonly requests: readonly string[]
}

/** Each connection carries on a refresh chain of its own: what it sends is what the answer before gave it. */
export interface Chain {
  readonly kind: 'chain'
  readonly path: string
  /** The first refresh token of each connection's chain. */
  readonly tokens: readonly string[]
}

export interface Script {
  /** Names the script among those of one load process: its connections and chains live until it is closed. */
  readonly name: string
  readonly endpoint: Endpoint
  readonly connections: number
  readonly work: Cycle | Chain
  /** What every right answer contains, besides a status of 2xx. */
  readonly expected: string
}

/** What one slice of load saw. */
export interface SliceResult {
  readonly answers: number
  /** Answers that were not 2xx, or lacked what was expected, and connections lost. */
  readonly failures: number
  readonly firstFailure: string | undefined
  /** From the first request to the last answer. */
  readonly seconds: number
  /** How long each answer took. */
  readonly latenciesMilliseconds: Float32Array
  /** Time that the load process itself computed: near `seconds`, it was the limit and not the server. */
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
